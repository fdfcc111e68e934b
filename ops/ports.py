"""Ports of this machine: one that is asked for, or any that is free."""

import random
import socket

from ops.home import OpsError

_LOOPBACK = "127.0.0.1"
_LOWEST, _HIGHEST = 20_000, 32_000
_ANY = random.SystemRandom()


def require_free(port: int) -> None:
    """See that a port can be listened on.

    Raises:
        OpsError: somebody does already.
    """
    if not _is_free(port):
        raise OpsError(f"Port {port} is in use. Choose another one with --port.")


def port_near(preferred: int) -> int:
    """Return the preferred port, or any free one where it is taken."""
    return preferred if _is_free(preferred) else free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port that nobody listens on now.

    It lies below those that systems give to outgoing connections (32768 and above on Linux), or one
    of these could take it before its server listens.
    """
    while not _is_free(port := _ANY.randrange(_LOWEST, _HIGHEST)):
        continue
    return port
