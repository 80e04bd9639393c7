"""Words, as the index compares them: lower case, without accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
LONGEST_WORD = 60
MOST_WORDS = 12  # of one query: what follows is not looked at


def words_of(text: str) -> list[str]:
    return [folded for word in _WORD.findall(text) if (folded := fold(word)) and len(folded) <= LONGEST_WORD]


@lru_cache(50_000)
def fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isalnum())


def code_of(text: str) -> str:
    """A SKU, GTIN or other code as it is compared: letters and digits alone. Empty where there are none."""
    return "".join(words_of(text))


def normal(text: str) -> str:
    """A query as it is counted: equal for what differs in case, accents and punctuation alone."""
    return " ".join(words_of(text))
