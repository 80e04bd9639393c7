"""Card numbers at rest: sealed with a key that lies beside the database, opened only to authorise."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Vault:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, token: str, number: str) -> bytes:
        """The number so encrypted that it opens only under its own token."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, number.encode(), token.encode())

    def unseal(self, token: str, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], token.encode()).decode()


def open_vault(folder: Path) -> Vault:
    """The vault whose key is in `folder`; the key is made there once, for this user alone."""
    path = folder / "vault.key"
    if not path.exists():
        _write_whole(path, secrets.token_bytes(KEY_BYTES))
    return Vault(path.read_bytes())


def _write_whole(path: Path, content: bytes) -> None:
    """All of it or none: a key cut short by a crash would lock the cards away for good."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
