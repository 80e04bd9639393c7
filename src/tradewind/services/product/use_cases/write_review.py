"""A customer says what a product is like: once a product."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_rules import Standing, state_of_words
from tradewind.services.product.review_shapes import ReviewDetail, WriteReview
from tradewind.services.product.reviewing import author_of, count_rating, review_as_it_is
from tradewind.services.product.store import products, reviews


async def write_review(
    deps: Deps, caller: Principal, product_id: UUID, command: WriteReview, once: Once
) -> ReviewDetail:
    """Shown at once, or when staff have published it: see the setting reviews_shown_at_once.

    Raises NotFound for a product that is not on sale, Conflict for a second review of it.
    """
    assert caller.account_id is not None, "the policy lets only accounts pass"
    signed = await author_of(deps, caller.account_id)
    async with deps.db.begin() as tx:
        product = await products.lock_one(tx, product_id)
        if product is None or product.status != "active":
            raise NotFound("product_not_found", "there is no such product")
        verified = await reviews.has_bought(tx, caller.account_id, product_id)
        state = state_of_words(deps.settings.reviews_shown_at_once, verified=verified)
        review = Standing(deps.clock.new_id(), product_id, caller.account_id, command.rating, state)
        words = (command.title.strip(), command.text.strip())
        try:
            await reviews.insert(tx, review, words, signed, caller.name, deps.clock.now())
        except UniqueViolation as violation:
            message = "you have reviewed this product: change that review"
            raise Conflict("review_exists", message) from violation
        await count_rating(deps, tx, None, review)
        return await once.answer(tx, await review_as_it_is(tx, review.review_id))
