"""The languages the pages speak: which one a visitor reads, and its translations (gettext catalogues)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.support import NullTranslations

from tradewind.kernel.languages import SOURCE, read_translations

LANGUAGES = {"en": "English", "de": "Deutsch"}
_RANGE = re.compile(r"([A-Za-z-]{2,35})\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*(?:,|$)")  # RFC 9110, 12.5.4
FOLDER = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> NullTranslations:
    return read_translations(language, catalogues(language))


def catalogues(language: str) -> list[Path]:
    """A face may keep its own: de.po and admin.de.po together say everything in German."""
    return sorted({*FOLDER.glob(f"{language}.po"), *FOLDER.glob(f"*.{language}.po")})


def preferred(accept_language: str) -> str:
    """The language of ours that a browser asks for most; the source language where it asks for none."""
    wanted = [
        (float(weight or 1), name.replace("-", "_")) for name, weight in _RANGE.findall(accept_language)
    ]
    ordered = [name for weight, name in sorted(wanted, key=lambda w: -w[0]) if weight > 0]
    return negotiate_locale(ordered, list(LANGUAGES)) or SOURCE


def marked(text: str) -> str:
    """A text of a table in Python, which is translated where it is shown: _(text)."""
    return text
