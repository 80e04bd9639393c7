"""Pieces that are on pick lists, and those in parcels. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def still_listed(listings: Sequence[tuple[int, int]], parcelled: int) -> int:
    """How many listed pieces are in no parcel yet. Of each listing, the oldest first: its pieces, and how many were
    in parcels when it was made; `parcelled` are by now. A parcel takes what was listed before it."""
    left = seen = 0
    for pieces, then in listings:
        left = max(0, left - max(0, then - seen)) + pieces
        seen = then
    return max(0, left - max(0, parcelled - seen))
