"""Encryption of single values with the instance key, and keyed hashes to find them by."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.kernel.config import settings

_NONCE_BYTES = 12


def encrypt(data: bytes) -> bytes:
    """Nonce and AES-256-GCM ciphertext of `data`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(b"value")).encrypt(nonce, data, None)


def decrypt(data: bytes) -> bytes:
    """Plain bytes again. Raises cryptography's InvalidTag when the bytes or the key are wrong."""
    return AESGCM(_derived(b"value")).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None)


def lookup_hash(text: str) -> str:
    """Keyed hash (hex) of a personal code or the like; letters and digits only count."""
    plain = "".join(c for c in text if c.isalnum()).upper()
    return hmac.new(_derived(b"lookup"), plain.encode(), hashlib.sha256).hexdigest()


def _derived(purpose: bytes) -> bytes:
    return hmac.new(settings().instance_key, purpose, hashlib.sha256).digest()
