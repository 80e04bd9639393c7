"""What kind of thing a product is, out of its title and categories.

"Projector lamp 200 W" is a lamp, "USB mouse" a mouse, "mouse pad Black" a pad: in a noun phrase the last word says
what the thing is, and what comes after the phrase are specifications. Those are known: they are values of the
product's own attributes, or numbers, or come after a comma or a preposition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tradewind.services.search.domain.words import fold, words_of

_TOKEN = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*|[^\s]")
_PREPOSITIONS = frozenset(
    [
        "a",
        "and",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "the",
        "through",
        "to",
        "with",
        "without",
        "auf",
        "aus",
        "für",
        "im",
        "in",
        "mit",
        "ohne",
        "und",
        "von",
        "vom",
        "zu",
        "zum",
        "zur",
        "avec",
        "con",
        "da",
        "de",
        "del",
        "di",
        "en",
        "för",
        "met",
        "och",
        "para",
        "per",
        "pour",
        "sans",
        "sin",
        "till",
        "van",
        "voor",
        "y",
    ]
)
LONGEST_SPECIFICATION = 40  # a longer value is a description


def kind_words(title: str, values: Iterable[str], categories: Iterable[str]) -> list[str]:
    """Each once. `values` are those of its attributes and options, with its brand; `categories` names, not paths."""
    named = [word for name in categories for word in words_of(name)]
    specifications: set[str] = set()
    for value in values:
        if len(value) <= LONGEST_SPECIFICATION:
            specifications.update(words_of(value), (value.lower(),))
    specifications.difference_update(named)
    return list(dict.fromkeys([*named, *_heads(title, specifications)]))


def _heads(title: str, specifications: Collection[str]) -> Iterable[str]:
    tokens = _TOKEN.findall(title)
    for index, token in enumerate(tokens):
        if not _is_word(token) or token.lower() in _PREPOSITIONS or _is_in(token, specifications):
            continue
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if _ends_phrase(following, specifications):
            yield from words_of(token)


def _ends_phrase(following: str, specifications: Collection[str]) -> bool:
    return (
        not _is_word(following)
        or following.lower() in _PREPOSITIONS
        or _is_in(following, specifications)
        or (following.isupper() and len(following) > 1)
    )


def _is_word(token: str) -> bool:
    return token[:1].isalpha() and not any(letter.isdigit() for letter in token)


def _is_in(token: str, specifications: Collection[str]) -> bool:
    return token.lower() in specifications or fold(token) in specifications
