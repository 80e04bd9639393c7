"""Which words of a text are those that were asked for: by their stems, as the index finds them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tradewind.adapters.search_index.schema import Layout
from tradewind.ports.search_index import Clause, Piece

SHOWN_CHARACTERS = 180
_WORD = re.compile(r"[^\W_]+")


class Highlighter:
    def __init__(self, layout: Layout, clauses: Sequence[Clause]) -> None:
        self._forms = layout.forms
        options = [option for clause in clauses for option in clause.options]
        self._wanted = {
            pair for option in options for word in option.words for pair in layout.forms(word).items()
        }
        self._known: dict[str, bool] = {}  # the words of a page repeat
        self._beginnings = tuple(option.words[-1] for option in options if option.prefix)

    def whole(self, text: str) -> tuple[Piece, ...]:
        return self._pieces(text, self._found(text))

    def best_part(self, text: str) -> tuple[Piece, ...]:
        """About SHOWN_CHARACTERS of the text, whole words, where most of what was asked for is."""
        if len(text) <= SHOWN_CHARACTERS:
            return self.whole(text)
        found = self._found(text)
        start = 0
        if found:
            weighed = [
                (len({text[a:b].lower() for a, b in found if first <= a < first + SHOWN_CHARACTERS}), -first)
                for first, _ in found
            ]
            start = max(0, -max(weighed)[1] - SHOWN_CHARACTERS // 4)
        start = 0 if start < 20 else text.find(" ", start) + 1
        end = min(len(text), start + SHOWN_CHARACTERS)
        end = end if end == len(text) else max(text.rfind(" ", start, end), start + 1)
        before, after = "… " if start else "", " …" if end < len(text) else ""
        inside = [(a - start, b - start) for a, b in found if a >= start and b <= end]
        pieces = self._pieces(text[start:end], inside)
        return ((before, False),) * bool(before) + pieces + ((after, False),) * bool(after)

    def _found(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _WORD.finditer(text) if self._is_wanted(match[0])]

    def _is_wanted(self, word: str) -> bool:
        known = self._known.get(word)
        if known is None:
            forms = self._forms(word)
            known = not self._wanted.isdisjoint(forms.items()) or (
                bool(self._beginnings) and forms.get("exact", word.lower()).startswith(self._beginnings)
            )
            self._known[word] = known
        return known

    def _pieces(self, text: str, found: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        at = 0
        for start, end in found:
            if start > at:
                pieces.append((text[at:start], False))
            pieces.append((text[start:end], True))
            at = end
        if at < len(text):
            pieces.append((text[at:], False))
        return tuple(pieces)
