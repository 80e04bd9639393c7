"""Which picture shows which variant. The catalogue keeps pictures by product: their names and words tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any


def picture_of(variant: Mapping[str, Any], images: Sequence[Mapping[str, Any]]) -> int:
    """The index of the first picture whose file name, else whose description, has a word of the variant's
    options; 0 where none has."""
    wanted = [word for value in variant["options"].values() for word in _words(value)]
    for told in ([image["url"].rpartition("/")[2] for image in images], [image["alt"] for image in images]):
        for index, text in enumerate(told):
            if set(wanted) & set(_words(text)):
                return index
    return 0


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return [word for word in re.split(r"[^a-z0-9]+", plain) if len(word) > 2]
