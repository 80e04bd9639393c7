"""Which of the pieces that were asked for are too many, for the words of a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class _Pieces(Protocol):
    @property
    def sku(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def shortage(said: str, wanted: Sequence[_Pieces], left: Mapping[str, int]) -> str:
    """`said`, with the first SKU of which more is wanted than is left, as the order was when it was read."""
    for piece in wanted:
        most = max(0, left.get(piece.sku, 0))
        if piece.quantity > most:
            return f"{said}: {most} of {piece.sku}, not {piece.quantity}"
    return said
