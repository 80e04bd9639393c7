"""What kind of thing a product is, out of its title and categories.

"Projector lamp 200 W" is a lamp, "USB mouse" a mouse, "mouse pad Black" a pad: in a noun phrase the last word says
what the thing is, and what comes after the phrase are specifications. Those are known: they are values of the
product's own attributes. A number, a comma or a preposition ends a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tradewind.services.search.domain.words import words_of

_TOKEN = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*|[^\s]")
_PARTS = re.compile(r"[,;/+&]")
_PREPOSITIONS = frozenset(
    (
        *("a", "and", "by", "for", "from", "in", "of", "on", "the", "through", "to", "with", "without"),
        *("auf", "aus", "für", "im", "mit", "ohne", "und", "von", "vom", "zu", "zum", "zur"),
        *("avec", "con", "da", "de", "del", "di", "en", "met", "och", "para", "per", "pour", "sans", "voor"),
    )
)
MOST_WORDS = 4  # of a specification: a longer value is a description
SHORTEST = 3  # letters: what is shorter is a unit of measure

Words = tuple[str, ...]


def kind_words(title: str, values: Iterable[str], categories: Iterable[str]) -> list[str]:
    """Each once. `values` are those of its attributes and options, with its brand; `categories` names, not paths."""
    named = [word for name in categories for word in words_of(name)]
    specifications: set[Words] = set()
    for value in values:
        for part in (value, *_PARTS.split(value)):
            words = tuple(words_of(part))
            if 0 < len(words) <= MOST_WORDS and not set(words) & set(named):
                specifications.add(words)
    return list(dict.fromkeys([*named, *_heads(title, specifications)]))


def _heads(title: str, specifications: Collection[Words]) -> Iterable[str]:
    """The last word of each phrase, its specifications left out."""
    phrase: list[str] = []
    for token in [*_TOKEN.findall(title), ""]:
        if _is_word(token) and token.lower() not in _PREPOSITIONS:
            phrase += words_of(token)
            continue
        phrase = _without_specifications(phrase, specifications)
        if phrase and len(phrase[-1]) >= SHORTEST:
            yield phrase[-1]
        phrase = []


def _without_specifications(phrase: list[str], specifications: Collection[Words]) -> list[str]:
    at_end = True
    while at_end:
        at_end = False
        for length in range(min(MOST_WORDS, len(phrase)), 0, -1):
            if tuple(phrase[-length:]) in specifications:
                phrase, at_end = phrase[:-length], True
                break
    return phrase


def _is_word(token: str) -> bool:
    return token[:1].isalpha() and not any(letter.isdigit() for letter in token)
