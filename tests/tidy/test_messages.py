"""Whatever a page says, it says in every language that it offers."""

from __future__ import annotations

import re

import pytest
from tools.messages import LANGUAGES, path_of, read, wanted

PLACES = re.compile(r"%\((\w+)\)[sd]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalogue", ["", "admin."], ids=["shop", "back office"])
def test_every_text_is_translated(catalogue: str, language: str) -> None:
    known = read(path_of(catalogue, language), language)
    wrong = []
    for text, places in wanted()[catalogue].items():
        one = text if isinstance(text, str) else text[0]
        message = known.get(one)
        strings = [message.string] if message is not None and isinstance(message.string, str) else []
        if message is not None and not strings:
            strings = list(message.string)
        if message is None or message.id != text or not all(strings):
            wrong.append(f"{places[0]}: {one!r} is not translated")
        elif message.fuzzy:
            wrong.append(f"{places[0]}: the translation of {one!r} is a guess")
        elif any(set(PLACES.findall(string)) != set(PLACES.findall(one)) for string in strings):
            wrong.append(f"{places[0]}: the translation of {one!r} has other places to fill in")
    assert not wrong, "\n".join(wrong) + "\npython -m tools.messages adds what is missing"
