"""The words that people find a record by, and a search for them in a tsvector. Pure.

A search finds what has, for each of its words, one that begins so: `ada lov`, `TW-1000`, `1000`.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_WORDS = 10


def words(texts: Iterable[str]) -> list[str]:
    """Lower-case, each once. Of an e-mail address its domain as well."""
    found: dict[str, None] = {}
    for text in texts:
        for word in text.lower().split():
            found[word] = None
            _, at, domain = word.rpartition("@")
            if at and domain:
                found[domain] = None
    return list(found)


def search(text: str) -> str | None:
    """As PostgreSQL reads a tsquery; None where nothing is searched for."""
    wanted = text.lower().split()[:MOST_WORDS]
    escaped = (word.replace("\\", "\\\\").replace("'", "''") for word in wanted)
    return " & ".join(f"'{word}':*" for word in escaped) or None
