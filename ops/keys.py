"""Key files of a desk: made once, 0400, never printed.

Which process may read which key is decided in `ops.environments`; the web process never learns
the private trading key.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ops.home import Home, OpsError
from patriot_app.core.sealing import generate_keypair
from patriot_app.core.signatures import generate_signing_pair

DATABASE_ROLES = (
    "patriot_migrator",
    "patriot_web",
    "patriot_daemon",
    "patriot_bot",
    "patriot_auditor",
)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Paths of a desk's keys; each file holds base64."""

    folder: Path

    @property
    def trading_private(self) -> Path:
        """Opens sealed exchange keys; for the daemon alone."""
        return self.folder / "trading_private"

    @property
    def trading_public(self) -> Path:
        """Seals exchange keys; not a secret."""
        return self.folder / "trading_public"

    @property
    def former_trading(self) -> Path:
        """Folder of private trading keys that a rotation has not retired yet."""
        return self.folder / "former_trading"

    @property
    def web(self) -> Path:
        """Encrypts the seeds of second factors; for the web process alone."""
        return self.folder / "web"

    @property
    def session_pepper(self) -> Path:
        """Keyed hash of session ids; for the web process alone."""
        return self.folder / "session_pepper"

    @property
    def token(self) -> Path:
        """Signs the access tokens of programs; for the web process alone."""
        return self.folder / "token"

    @property
    def instance(self) -> Path:
        """Derives client order ids; for the daemon alone."""
        return self.folder / "instance"

    @property
    def checkpoint_private(self) -> Path:
        """Signs the seals of the event log; for the daemon alone."""
        return self.folder / "checkpoint_private"

    @property
    def checkpoint_public(self) -> Path:
        """Checks those signatures; not a secret."""
        return self.folder / "checkpoint_public"

    @property
    def webhook_private(self) -> Path:
        """Opens the secrets of webhooks; for the process that calls them alone."""
        return self.folder / "webhook_private"

    @property
    def webhook_public(self) -> Path:
        """Seals those secrets; not a secret."""
        return self.folder / "webhook_public"

    def password(self, role: str) -> Path:
        """Password of a database role in libpq's format; the embedded server needs none."""
        return self.folder / f"database_{role}"

    @property
    def administrator_password(self) -> Path:
        """Password of the server's administrator, where the containers bring their own server."""
        return self.folder / "administrator_password"

    def all(self) -> list[Path]:
        """Return every file, in a fixed order."""
        own = [
            self.trading_private,
            self.trading_public,
            self.web,
            self.session_pepper,
            self.token,
            self.instance,
            self.checkpoint_private,
            self.checkpoint_public,
            self.webhook_private,
            self.webhook_public,
        ]
        own += [self.password(role) for role in DATABASE_ROLES]
        return [*own, self.administrator_password]


def ensure_keys(home: Home) -> KeyFiles:
    """Return the desk's key files, making those that are missing.

    Raises:
        OpsError: one half of a pair is missing, or a file can be read by others.
    """
    home.keys.mkdir(exist_ok=True, mode=0o700)
    home.keys.chmod(0o700)
    files = KeyFiles(home.keys)
    _ensure_pair(
        files.trading_private,
        files.trading_public,
        generate_keypair,
        what="trading key pair",
        loss="no stored exchange key can be opened",
    )
    _ensure_pair(
        files.checkpoint_private,
        files.checkpoint_public,
        generate_signing_pair,
        what="checkpoint key pair",
        loss="the record cannot be sealed any more",
    )
    _ensure_pair(
        files.webhook_private,
        files.webhook_public,
        generate_keypair,
        what="webhook key pair",
        loss="no webhook can be signed until it gets a new secret",
    )
    for path in (files.web, files.session_pepper, files.token, files.instance):
        _ensure(path, lambda: base64.b64encode(os.urandom(_KEY_BYTES)).decode())
    for role in DATABASE_ROLES:
        _ensure(files.password(role), partial(_password_line, role))
    _ensure(files.administrator_password, lambda: secrets.token_urlsafe(_KEY_BYTES))
    check_keys(files)
    return files


def check_keys(files: KeyFiles) -> None:
    """Refuse key files that are missing, empty, or readable by others than their owner.

    Raises:
        OpsError: names the first such file.
    """
    for path in files.all():
        if not path.is_file() or not path.read_text().strip():
            raise OpsError(f"Key file {path} is missing or empty.")
        if path.stat().st_mode & 0o077:
            raise OpsError(
                f"Key file {path} can be read by others than its owner. Treat it as lost, or"
                f" run: chmod 0400 {path}"
            )


def fingerprint(path: Path) -> str:
    """Return 16 hex digits that tell two keys apart without showing either."""
    return hashlib.sha256(path.read_bytes().strip()).hexdigest()[:16]


def read_password(path: Path) -> str:
    """Return the password of a role's file."""
    return path.read_text().strip().rsplit(":", 1)[-1]


def _password_line(role: str) -> str:
    return f"*:*:*:{role}:{secrets.token_urlsafe(_KEY_BYTES)}"


def _ensure_pair(
    private: Path, public: Path, make: Callable[[], tuple[bytes, bytes]], *, what: str, loss: str
) -> None:
    halves = (private, public)
    if all(half.exists() for half in halves):
        return
    if any(half.exists() for half in halves):
        raise OpsError(
            f"Only one half of the {what} is in {private.parent}. Restore the other from your"
            f" backup: without the private half {loss}."
        )
    for half, key in zip(halves, make(), strict=True):
        write_key(half, key)


def _ensure(path: Path, make: Callable[[], str]) -> None:
    if not path.exists():
        _write(path, make())


def write_key(path: Path, key: bytes) -> None:
    """Write a key file that does not exist yet."""
    _write(path, base64.b64encode(key).decode())


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
