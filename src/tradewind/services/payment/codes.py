"""Gift cards' codes: made, written, and known again. 80 random bits; shown once, kept as an HMAC."""

from __future__ import annotations

import secrets

from tradewind.kernel.sealing import Sealer

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32: without 0, 1, I and O
_LENGTH, _GROUP = 16, 4


def new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def code_mac(sealer: Sealer, code: str) -> bytes:
    """However it was typed: case, spaces and dashes do not matter."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return sealer.mac(b"gift card\n" + plain.encode())
