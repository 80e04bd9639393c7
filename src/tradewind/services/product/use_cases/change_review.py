"""A customer thinks again."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_rules import state_of_words
from tradewind.services.product.review_shapes import ChangeReview, ReviewDetail
from tradewind.services.product.reviewing import count_rating, lock_review, no_review, review_as_it_is
from tradewind.services.product.store import reviews


async def change_review(
    deps: Deps, caller: Principal, review_id: UUID, command: ChangeReview, once: Once
) -> ReviewDetail:
    """New words are published, or wait, as those of a new review; what staff had refused waits for them.

    Raises NotFound unless the caller wrote it.
    """
    async with deps.db.begin() as tx:
        was = await lock_review(tx, review_id)
        if was.account_id != caller.account_id:
            raise no_review()
        before = await review_as_it_is(tx, review_id)
        title = before.title if command.title is UNSET else command.title.strip()
        text = before.text if command.text is UNSET else command.text.strip()
        rating = was.rating if command.rating is UNSET else command.rating
        if (rating, title, text) == (before.rating, before.title, before.text):
            return await once.answer(tx, before)
        state = state_of_words(
            deps.settings.reviews_shown_at_once, verified=before.verified, was=before.state
        )
        to = msgspec.structs.replace(was, rating=rating, state=state)
        await reviews.change(tx, was, to, (title, text), caller.name, deps.clock.now())
        await count_rating(deps, tx, was, to)
        return await once.answer(tx, await review_as_it_is(tx, review_id))
