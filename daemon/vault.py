"""The only place that opens customers' keys; what it opens stays in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from patriot_app.core.errors import Refused
from patriot_app.core.sealing import SealedBox, Secret, key_id, public_key_of, unseal
from patriot_app.core.settings import Settings, read_key

API_KEY = "api_key"
API_SECRET = "api_secret"  # noqa: S105 — the name of a field, not a secret


@dataclass(frozen=True, slots=True)
class SealedCredential:
    """One credential as it is stored.

    Attributes:
        exchange, account_id, record_id: what the boxes were sealed for; a box that was copied to
            another account or exchange does not open.
    """

    exchange: str
    account_id: str
    record_id: str
    api_key: SealedBox
    api_secret: SealedBox


@dataclass(frozen=True, slots=True)
class OpenedCredential:
    """Both halves of a key; they refuse to be shown."""

    api_key: Secret = field(repr=False)
    api_secret: Secret = field(repr=False)


ReadKeys = Callable[[], list[bytes]]


class Vault:
    """Holds the private keys: the current one, and former ones until a rotation has ended.

    Args:
        private_keys: the current one first.
        read: returns them anew; asked when a box names a key that was not there, so that a rotation
            does not need this process to start again.
    """

    def __init__(self, private_keys: list[bytes], *, read: ReadKeys | None = None) -> None:
        self._read = read
        self._private_keys: dict[str, bytes] = {}
        self._take(private_keys)

    def __repr__(self) -> str:
        return f"Vault({', '.join(sorted(self._private_keys))})"

    def open(self, credential: SealedCredential) -> OpenedCredential:
        """Open a credential.

        Raises:
            Refused: sealed for another key, account or exchange, or changed since.
        """
        return OpenedCredential(
            api_key=self._open(credential, API_KEY, credential.api_key),
            api_secret=self._open(credential, API_SECRET, credential.api_secret),
        )

    def private_key(self, identity: str) -> bytes | None:
        """Return a key by its short name; None if this process does not have it."""
        if identity not in self._private_keys and self._read is not None:
            self._take(self._read())
        return self._private_keys.get(identity)

    def _take(self, private_keys: list[bytes]) -> None:
        assert private_keys
        self._private_keys |= {key_id(public_key_of(key)): key for key in private_keys}

    def _open(self, credential: SealedCredential, name: str, box: SealedBox) -> Secret:
        private_key = self.private_key(box.key_id)
        if private_key is None:
            raise Refused(
                f"The {name} of account {credential.account_id} is sealed for key {box.key_id}, "
                "which this process does not have"
            )
        return unseal(private_key, box, context=sealing_context(credential, name))


def sealing_context(credential: SealedCredential, name: str) -> str:
    """Return what a box of this credential is bound to."""
    return f"{credential.exchange}|{credential.account_id}|{name}|{credential.record_id}"


def open_vault(settings: Settings) -> Vault:
    """Return the vault of this process.

    Raises:
        Refused: no key file is set, or others may read it.
    """
    return Vault(_read_keys(settings), read=partial(_read_keys, settings))


def require_some_key(vault: Vault, stored: Mapping[str, int]) -> None:
    """Refuse the wrong key files: a daemon that can open nothing would stop every account.

    Args:
        stored: how many stored keys are sealed for which key.

    Raises:
        Refused: keys are stored, and this process can open none of them.
    """
    if stored and not any(vault.private_key(identity) for identity in stored):
        raise Refused(
            f"PATRIOT_TRADING_KEY_FILE opens none of the {sum(stored.values())} stored API keys;"
            f" they are sealed for {', '.join(sorted(stored))}: restore that key file"
        )


def _read_keys(settings: Settings) -> list[bytes]:
    folder = settings.former_trading_keys
    former = sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []
    return [
        read_key(settings.trading_key_file, name="PATRIOT_TRADING_KEY_FILE"),
        *(read_key(path, name="PATRIOT_FORMER_TRADING_KEYS") for path in former),
    ]
