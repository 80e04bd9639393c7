"""The shop answers a review, below it, for everybody to see."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_shapes import AnswerReview, ReviewDetail
from tradewind.services.product.reviewing import lock_review, review_as_it_is
from tradewind.services.product.store import reviews


async def answer_review(deps: Deps, review_id: UUID, command: AnswerReview, once: Once) -> ReviewDetail:
    """In place of an earlier answer. Raises NotFound."""
    async with deps.db.begin() as tx:
        await lock_review(tx, review_id)
        text = None if command.text is None else command.text.strip()
        await reviews.answer(tx, review_id, text, deps.clock.now())
        return await once.answer(tx, await review_as_it_is(tx, review_id))
