"""Opaque secrets: 32 random bytes behind a prefix that says what they are. Only their SHA-256 is stored.

A plain hash suffices: nobody guesses 256 random bits, unlike a password.
"""

from __future__ import annotations

import hashlib
import secrets

SESSION = "tws_"
API_KEY = "twk_"
RESET = "twr_"
SHOWN_CHARACTERS = 12  # of an API key, so that its owner recognises it


def new_token(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
