"""Which passwords are taken: long enough, not among the first that anyone tries (NIST SP 800-63B, 3.1.1)."""

from __future__ import annotations

import unicodedata

from tradewind.kernel.errors import Invalid
from tradewind.services.user.domain.common_passwords import COMMON_PASSWORDS

FEWEST_CHARACTERS, MOST_CHARACTERS = 8, 128


def normalised_password(password: str) -> str:
    """NFKC: the same characters typed on another keyboard or system are the same password."""
    return unicodedata.normalize("NFKC", password)


def checked_password(password: str, email: str, field: str = "password") -> str:
    """The password as it is hashed. Raises Invalid with the reason."""
    chosen = normalised_password(password)
    if len(chosen) < FEWEST_CHARACTERS:
        raise Invalid("password_too_short", f"use at least {FEWEST_CHARACTERS} characters", field=field)
    if len(chosen) > MOST_CHARACTERS:
        raise Invalid("password_too_long", f"use at most {MOST_CHARACTERS} characters", field=field)
    folded = chosen.casefold()
    if folded in COMMON_PASSWORDS or len(set(folded)) == 1:
        raise Invalid(
            "password_too_common",
            "this is among the first that anyone would try: choose another",
            field=field,
        )
    if folded in (email.casefold(), email.partition("@")[0].casefold()):
        raise Invalid("password_is_email", "use something other than your e-mail address", field=field)
    return chosen
