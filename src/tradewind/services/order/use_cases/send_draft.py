"""Staff send a draft to its customer, who may look at it and pay it: a payment link."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.drafts import Draft
from tradewind.services.order.store import drafts, orders
from tradewind.services.order.use_cases.create_draft import draft_view, find_draft


async def send_draft(deps: Deps, caller: Principal, order_id: UUID, message: str, once: Once) -> Draft:
    """May be sent again, also after it was changed: the customer always sees it as it is.

    Raises NotFound(draft_not_found), Conflict(not_a_draft).
    """
    await find_draft(deps, order_id)
    async with deps.db.begin() as tx:
        if not await drafts.mark_sent(tx, order_id, message, caller.name, deps.clock.now()):
            raise Conflict("not_a_draft", "this order was paid, or ended, just now")
        order = await orders.load(tx, order_id)
        assert order is not None, "orders are never deleted"
        await deps.outbox.append(tx, telling.draft_sent(deps, order, message))
        return await once.answer(tx, await draft_view(deps, tx, order_id))
