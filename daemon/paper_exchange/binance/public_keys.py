"""Keys of which the exchange knows the public half: Ed25519 and RSA.

A signature of either is base64 of the signed bytes' signature; unlike a hexadecimal one its
letters count as they are, and in a query it is percent-encoded.
Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

RSA_BITS: Final = (2048, 4096)
"""The smallest and the largest RSA key that the exchange takes."""
PEM_MAX: Final = 2_000

PublicKey = Ed25519PublicKey | RSAPublicKey


@lru_cache(maxsize=4_096)
def read_public_key(pem: str) -> PublicKey:
    """Read a key as it is registered: PEM of a public key.

    Raises:
        ValueError: it is none, or of another kind or size.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("must be a public key in PEM, Ed25519 or RSA") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, RSAPublicKey) and RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
        return key
    raise ValueError(f"must be an Ed25519 key, or RSA of {RSA_BITS[0]} to {RSA_BITS[1]} bits")


def is_ed25519(pem: str) -> bool:
    """Tell whether a registered key is one that sessions take."""
    return isinstance(read_public_key(pem), Ed25519PublicKey)


def is_signed_by(pem: str, payload: bytes, signature: str) -> bool:
    """Tell whether the private half of a registered key signed these bytes."""
    try:
        raw = base64.b64decode(unquote(signature), validate=True)
        key = read_public_key(pem)
        if isinstance(key, Ed25519PublicKey):
            key.verify(raw, payload)
        else:
            key.verify(raw, payload, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
