"""Seal a secret so that only the holder of the private key can open it.

A random data key encrypts the secret with AES-256-GCM; HPKE (RFC 9180: X25519, HKDF-SHA256,
AES-256-GCM) seals the data key to the daemon's public key. The context (exchange, account, field,
record) is bound into both, so a box copied to another account does not open.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, replace
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from patriot_app.core.errors import Refused

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE_BYTES = 12
_KEY_ID_CHARACTERS = 16
_DATA_KEY_BYTES = 80
"""X25519 public key (32), data key (32) and its tag (16)."""


@dataclass(frozen=True, slots=True)
class SealedBox:
    """A sealed secret as it is stored.

    Attributes:
        key_id: first 16 hex digits of the public key's SHA-256; tells which private key opens it.
    """

    key_id: str
    data_key: bytes
    nonce: bytes
    ciphertext: bytes


class Secret:
    """Bytes that refuse to be shown."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text; call it where it is used and keep it nowhere."""
        return self._value.decode()

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret does not leave its process")

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def generate_keypair() -> tuple[bytes, bytes]:
    """Return a new raw private and public key, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_key_of(private_key: bytes) -> bytes:
    """Return the public half."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal(public_key: bytes, secret: str, *, context: str) -> SealedBox:
    """Seal a secret for one context, for example "binance|<account>|api_secret|<record>"."""
    identity = key_id(public_key)
    data_key = os.urandom(32)
    nonce = os.urandom(_NONCE_BYTES)
    return SealedBox(
        key_id=identity,
        data_key=_SUITE.encrypt(
            data_key, X25519PublicKey.from_public_bytes(public_key), info=_info(identity, context)
        ),
        nonce=nonce,
        ciphertext=AESGCM(data_key).encrypt(nonce, secret.encode(), _associated(context)),
    )


def unseal(private_key: bytes, box: SealedBox, *, context: str) -> Secret:
    """Open a box.

    Raises:
        Refused: another key, another context, or a changed box.
    """
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        data_key = _SUITE.decrypt(box.data_key, key, info=_info(box.key_id, context))
        return Secret(AESGCM(data_key).decrypt(box.nonce, box.ciphertext, _associated(context)))
    except (InvalidTag, ValueError) as error:
        raise Refused(f"A sealed secret does not open for {context}") from error


def reseal(private_key: bytes, new_public_key: bytes, box: SealedBox, *, context: str) -> SealedBox:
    """Return the box for another key; what is in it is opened to see that it can be, and not shown.

    Raises:
        Refused: the box does not open with this key for this context.
    """
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        data_key = _SUITE.decrypt(box.data_key, key, info=_info(box.key_id, context))
        AESGCM(data_key).decrypt(box.nonce, box.ciphertext, _associated(context))
    except (InvalidTag, ValueError) as error:
        raise Refused(f"A sealed secret does not open for {context}") from error
    identity = key_id(new_public_key)
    public = X25519PublicKey.from_public_bytes(new_public_key)
    sealed = _SUITE.encrypt(data_key, public, info=_info(identity, context))
    return replace(box, key_id=identity, data_key=sealed)


def pack(box: SealedBox) -> bytes:
    """Return a box as one value, for records that hold a single secret."""
    return box.key_id.encode() + box.data_key + box.nonce + box.ciphertext


def unpack(packed: bytes) -> SealedBox:
    """Return the box of `pack`."""
    identity, rest = packed[:_KEY_ID_CHARACTERS].decode(), packed[_KEY_ID_CHARACTERS:]
    nonce_at = _DATA_KEY_BYTES
    return SealedBox(
        key_id=identity,
        data_key=rest[:nonce_at],
        nonce=rest[nonce_at : nonce_at + _NONCE_BYTES],
        ciphertext=rest[nonce_at + _NONCE_BYTES :],
    )


def fingerprint(key: bytes, secret: str) -> bytes:
    """Return 8 bytes that tell two equal secrets apart from different ones, and nothing else."""
    return hmac.new(key, secret.encode(), hashlib.sha256).digest()[:8]


def _associated(context: str) -> bytes:
    return f"patriot|v1|{context}".encode()


def _info(identity: str, context: str) -> bytes:
    return f"patriot|kek|{identity}|{context}".encode()
