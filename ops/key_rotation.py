"""Change the trading key pair on disk, so that a crash at any point leaves a desk that works.

The former private half is kept first, then the new private half takes its place, and only then the
public half that new keys are sealed for: whoever can seal for a key can always find it opened.
"""

import base64
import os
from pathlib import Path

from ops.home import OpsError
from ops.keys import KeyFiles, write_key
from patriot_app.core.sealing import generate_keypair, key_id, public_key_of


def ensure_new_pair(files: KeyFiles) -> str | None:
    """Begin a rotation, or go on with the one that was not ended; return the former key's name.

    None: a rotation is under way; what was left of its files has been put in order.
    """
    private = _private(files)
    if former(files):
        _publish(files, public_key_of(private))
        return None
    identity = key_id(public_key_of(private))
    files.former_trading.mkdir(exist_ok=True, mode=0o700)
    _replace(files.former_trading / identity, private)
    new_private, new_public = generate_keypair()
    _replace(files.trading_private, new_private)
    _publish(files, new_public)
    return identity


def former(files: KeyFiles) -> list[str]:
    """Return the names of the former keys that are still kept."""
    folder = files.former_trading
    current = key_id(public_key_of(_private(files)))
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return sorted(names - {current})


def destroy(files: KeyFiles, identity: str) -> None:
    """Destroy a former key's file.

    Raises:
        OpsError: there is no such file.
    """
    path = files.former_trading / identity
    if identity not in former(files):
        raise OpsError(f"There is no former key {identity} in {files.former_trading}.")
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _private(files: KeyFiles) -> bytes:
    return base64.b64decode(files.trading_private.read_text())


def _publish(files: KeyFiles, public: bytes) -> None:
    if base64.b64decode(files.trading_public.read_text()) != public:
        _replace(files.trading_public, public)


def _replace(path: Path, key: bytes) -> None:
    # Not beside a former key: whatever lies in that folder is read as one.
    new = path.parent.parent / f"{path.name}.new"
    new.unlink(missing_ok=True)
    write_key(new, key)
    new.replace(path)
