"""Staff end a return without a refund."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.return_views import return_view
from tradewind.services.order.returning import end, locked_return
from tradewind.services.order.shapes.returns import Return
from tradewind.services.order.store.orders import OrderRecord


async def close_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, reason: str, once: Once
) -> Return:
    """No money goes back: the pieces were worth none, were refunded before, or were exchanged for others.
    What of it did not come is not waited for any more.

    Raises NotFound(return_not_found), Conflict(return_not_received), Conflict(return_under_way).
    """
    async with deps.db.begin() as tx:
        record = await locked_return(deps, tx, caller, order, return_id, "return closed", reason)
        if record.refund_id is not None or any(c.state == "requested" for c in record.receipts):
            raise Conflict("return_under_way", "its pieces or its refund are just being recorded")
        ended = await end(deps, tx, record, "closed", reason)
        if ended is None:
            raise Conflict("return_not_received", f"this return is {record.state.replace('_', ' ')}")
        return await once.answer(tx, return_view(order, ended, staff=True))
