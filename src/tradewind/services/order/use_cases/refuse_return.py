"""Staff do not let a customer send something back."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.events import Event
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.return_views import return_view
from tradewind.services.order.returning import end, locked_return
from tradewind.services.order.shapes.returns import Return
from tradewind.services.order.store.orders import OrderRecord


async def refuse_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, reason: str, once: Once
) -> Return:
    """Its pieces may be asked for again. Raises as approve_return does."""
    async with deps.db.begin() as tx:
        record = await locked_return(deps, tx, caller, order, return_id, "return refused", reason)
        ended = await end(deps, tx, record, "refused", reason)
        if ended is None:
            raise Conflict("return_decided", f"this return is {record.state.replace('_', ' ')}")
        event: Event = telling_after.return_refused(deps, order, ended)
        await deps.outbox.append(tx, event)
        return await once.answer(tx, return_view(order, ended, staff=True))
