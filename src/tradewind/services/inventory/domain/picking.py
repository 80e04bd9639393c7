"""Pieces that are on pick lists, and those in parcels. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def still_listed(listings: Sequence[tuple[int, int]], parcelled: int) -> int:
    """How many listed pieces are in no parcel yet. Of each listing, the oldest first: its pieces, and how many were
    in parcels when it was made; `parcelled` are by now. A parcel takes what was listed before it."""
    left = seen = 0
    for pieces, then in listings:
        left = max(0, left - max(0, then - seen)) + pieces
        seen = then
    return max(0, left - max(0, parcelled - seen))


def as_sold(
    packed: Counter[str], wanted: Mapping[str, int], parts: Mapping[str, Mapping[str, int]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Packed pieces by the SKUs that an order has: whole bundles by their own, the rest each by its own.

    `wanted` is what the order may have packed, by its SKUs; `parts` of each bundle, pieces by SKU. The second answer
    is what is left of bundles that are not whole.
    """
    left, sold = Counter(packed), dict[str, int]()
    for bundle in sorted(parts):
        whole = min((left[sku] // pieces for sku, pieces in parts[bundle].items()), default=0)
        count = min(whole, wanted.get(bundle, 0))
        if count:
            sold[bundle] = count
            left.subtract({sku: count * pieces for sku, pieces in parts[bundle].items()})
    for sku in sorted(left):
        count = min(left[sku], wanted.get(sku, 0))
        if count > 0 and sku not in parts:
            sold[sku] = sold.get(sku, 0) + count
            left[sku] -= count
    loose = {sku for bundle in parts for sku in parts[bundle] if wanted.get(bundle, 0) > sold.get(bundle, 0)}
    return sold, {sku: left[sku] for sku in sorted(loose) if left[sku] > 0}
