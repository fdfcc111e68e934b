"""Sign what must be recognised later as ours, with a key of its own (Ed25519, RFC 8032)."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY_ID_CHARACTERS = 16


class Signer:
    """Holds a private key, and never shows it."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self.public_key = self._key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public_key)

    def __repr__(self) -> str:
        return f"Signer({self.key_id})"

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(message)


def generate_signing_pair() -> tuple[bytes, bytes]:
    """Return a new private key and its public one, 32 raw bytes each."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def key_id(public_key: bytes) -> str:
    """Return the first 16 hex digits of the public key's SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:_KEY_ID_CHARACTERS]


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is the key's own, over exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
