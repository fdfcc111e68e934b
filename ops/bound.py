"""Start a command that cannot outlive its starter.

Run as a script between the supervisor and each of its processes. It gives up root when asked,
asks the kernel to signal the process when its starter dies (Linux), and becomes the command.
It is a separate program because doing this between fork and exec is unsafe once threads run.

Standard library only, so that it starts in a few milliseconds: `python -I -S bound.py`.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the command: PARENT_PID SIGNAL UID GID COMMAND..., with -1 to keep the user."""
    parent, death_signal, uid, gid = (int(value) for value in arguments[:4])
    command = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # the starter died before the kernel knew about the bond
    os.execvp(command[0], command)  # noqa: S606 - the supervisor names the program


if __name__ == "__main__":
    main(sys.argv[1:])
