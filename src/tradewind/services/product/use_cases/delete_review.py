"""A customer takes a review back, with its history and the shop's answer."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.product.deps import Deps
from tradewind.services.product.reviewing import count_rating, lock_review, no_review
from tradewind.services.product.store import reviews


async def delete_review(deps: Deps, caller: Principal, review_id: UUID, once: Once) -> None:
    """Raises NotFound unless the caller wrote it."""
    async with deps.db.begin() as tx:
        was = await lock_review(tx, review_id)
        if was.account_id != caller.account_id:
            raise no_review()
        await reviews.delete(tx, review_id)
        await count_rating(deps, tx, was, None)
        return await once.answer(tx, None)
