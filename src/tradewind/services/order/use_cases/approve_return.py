"""Staff let a customer send something back."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.return_views import return_view
from tradewind.services.order.returning import again, locked_return
from tradewind.services.order.shapes.returns import ApproveReturn, Return
from tradewind.services.order.store import returns
from tradewind.services.order.store.orders import OrderRecord


async def approve_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, command: ApproveReturn, once: Once
) -> Return:
    """Raises NotFound(return_not_found), Conflict(return_decided) unless it waits for a decision."""
    async with deps.db.begin() as tx:
        record = await locked_return(deps, tx, caller, order, return_id, "return approved", command.message)
        moved = await returns.move(
            tx,
            return_id,
            "approved",
            deps.clock.now(),
            decision=command.message,
            carrier=command.carrier,
            label=command.label,
        )
        if not moved:
            raise Conflict("return_decided", f"this return is {record.state.replace('_', ' ')}")
        record = await again(tx, return_id)
        await deps.outbox.append(tx, telling_after.return_approved(deps, order, record))
        return await once.answer(tx, return_view(order, record, staff=True))
