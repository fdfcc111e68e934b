"""Key files of a test run, as `patriot` would lay them out; see the fixture `keys`."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from patriot_app.core.sealing import generate_keypair


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys lie, and the private keys that only a daemon would hold."""

    folder: Path
    trading_private: bytes
    webhook_private: bytes

    def variables(self) -> dict[str, str]:
        """Return the environment of a web process with cheap password hashes."""
        return {
            "PATRIOT_TRADING_PUBLIC_KEY_FILE": str(self.folder / "trading.pub"),
            "PATRIOT_WEBHOOK_PUBLIC_KEY_FILE": str(self.folder / "webhook.pub"),
            "PATRIOT_WEB_KEY_FILE": str(self.folder / "web.key"),
            "PATRIOT_SESSION_PEPPER_FILE": str(self.folder / "pepper.key"),
            "PATRIOT_TOKEN_KEY_FILE": str(self.folder / "token.key"),
            "PATRIOT_INSTANCE_KEY_FILE": str(self.folder / "instance.key"),
            "PATRIOT_ARGON2_MEMORY_KIB": "256",
            "PATRIOT_ARGON2_PASSES": "1",
            "PATRIOT_STAFF_SECOND_FACTOR": "offered",
        }


def make_keys(folder: Path) -> Keys:
    """Write a fresh set of key files."""
    private, public = generate_keypair()
    webhook_private, webhook_public = generate_keypair()
    web_private, _ = generate_keypair()
    contents = {
        "trading.pub": public,
        "webhook.pub": webhook_public,
        "web.key": web_private,
        "pepper.key": os.urandom(32),
        "token.key": os.urandom(32),
        "instance.key": os.urandom(32),
    }
    for name, raw in contents.items():
        path = folder / name
        path.write_text(base64.b64encode(raw).decode())
        path.chmod(0o400)
    return Keys(folder, private, webhook_private)
