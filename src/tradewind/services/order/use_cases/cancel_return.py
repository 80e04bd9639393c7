"""Whoever asked for a return takes it back."""

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


async def cancel_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, once: Once
) -> Return:
    """Before a parcel of it came. Raises NotFound(return_not_found), Conflict(return_under_way); for a customer
    Conflict(return_of_exchange) where its pieces pay for others."""
    staff = caller.may("orders:write")
    async with deps.db.begin() as tx:
        record = await locked_return(deps, tx, caller, order, return_id, "return cancelled", "")
        if record.edit_id is not None:
            raise Conflict("return_of_exchange", "what it is exchanged for is held already: edit the order")
        receiving = any(receipt.state == "requested" for receipt in record.receipts)
        ended = None if receiving else await end(deps, tx, record, "cancelled", None)
        if ended is None:
            raise Conflict("return_under_way", f"this return is {record.state.replace('_', ' ')}")
        return await once.answer(tx, return_view(order, ended, staff=staff))
