"""Reviews that were written elsewhere, or before: taken over as they are, with their dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from tradewind.services.product.deps import Deps
from tradewind.services.product.store import products, reviews
from tradewind.services.product.store.products import RatingMove
from tradewind.services.product.store.reviews import PastReview

__all__ = ["PastReview", "take_over_reviews"]


async def take_over_reviews(deps: Deps, past: Sequence[PastReview]) -> int:
    """How many were new. Safe to repeat: one of an account that has reviewed the product is left out, and so is
    one of a product that there is not. The products' new ratings are told, the reviews themselves are no news."""
    async with deps.db.begin() as tx:
        await products.lock(tx, sorted({review.external_id for review in past}))
        written = await reviews.insert_past(tx, past, deps.clock.now())
        shown = Counter(product_id for product_id, _, state in written if state == "published")
        stars = Counter[UUID]()
        for product_id, rating, state in written:
            stars[product_id] += rating if state == "published" else 0
        moves = [RatingMove(product_id, shown[product_id], stars[product_id]) for product_id in sorted(shown)]
        await deps.outbox.append(tx, *await products.move_ratings(tx, moves))
        return len(written)
