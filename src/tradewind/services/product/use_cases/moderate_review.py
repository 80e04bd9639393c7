"""Staff let everybody see a review, or nobody."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_rules import REVIEW_TRANSITIONS
from tradewind.services.product.review_shapes import ReviewDetail
from tradewind.services.product.reviewing import count_rating, lock_review, review_as_it_is
from tradewind.services.product.store import reviews


async def moderate_review(
    deps: Deps, caller: Principal, review_id: UUID, to: Literal["published", "refused"], once: Once
) -> ReviewDetail:
    """Raises NotFound; Conflict where it is so already."""
    async with deps.db.begin() as tx:
        was = await lock_review(tx, review_id)
        origins = [state for state, following in REVIEW_TRANSITIONS.items() if to in following]
        if not await reviews.move(tx, review_id, origins, to, caller.name, deps.clock.now()):
            raise Conflict("state_conflict", f"a review that is {was.state} does not become {to}")
        await count_rating(deps, tx, was, msgspec.structs.replace(was, state=to))
        return await once.answer(tx, await review_as_it_is(tx, review_id))
