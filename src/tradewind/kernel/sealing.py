"""Small secrets at rest: AES-256-GCM under a key derived for one purpose, bound to where the value lives."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class UnsealingError(Exception):
    """The value was sealed under another key or for another place, or was changed."""


class Sealer:
    """One a purpose: keys derived from the same secret for other purposes do not open its values."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._cipher = AESGCM(derived(secret_key, purpose))
        self._mac_key = derived(secret_key, f"{purpose}:mac")

    def seal(self, value: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Raises UnsealingError."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise UnsealingError(f"a value sealed for {place} does not open") from error

    def mac(self, value: bytes) -> bytes:
        """HMAC-SHA-256: equal for equal values, and whoever lacks the key cannot test guesses against it."""
        mac = hmac.HMAC(self._mac_key, hashes.SHA256())
        mac.update(value)
        return mac.finalize()


def derived(secret_key: str, purpose: str) -> bytes:
    """32 bytes, other ones for every purpose."""
    hkdf = HKDF(hashes.SHA256(), 32, salt=None, info=f"tradewind:{purpose}".encode())
    return hkdf.derive(secret_key.encode())
