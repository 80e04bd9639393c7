"""The customer is asked to agree to a change of their order, and may refuse; staff give it up."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.edit_views import edit_view
from tradewind.services.order.shapes.edits import Edit
from tradewind.services.order.store import edits, orders
from tradewind.services.order.store.edits import EditRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.begin_edit import check_state, find_edit


async def propose_edit(
    deps: Deps, caller: Principal, order: OrderRecord, edit_id: UUID, kind: str, message: str, once: Once
) -> Edit:
    """Nothing is done until the customer, or staff for them, confirms it.

    Raises NotFound(edit_not_found), Conflict(edit_not_open), Conflict(order_not_editable).
    """
    edit = await find_edit(deps, order, edit_id, kind)
    check_state(order, kind)
    async with deps.db.begin() as tx:
        await edits.keep_message(tx, edit_id, message)
        moved = await _moved(deps, tx, caller, edit, "requested", f"customer asked about the {kind}")
        await deps.outbox.append(tx, telling_after.edit_proposed(deps, order, moved, message))
        return await once.answer(tx, edit_view(order, moved, staff=True))


async def refuse_edit(
    deps: Deps, caller: Principal, order: OrderRecord, edit_id: UUID, kind: str, once: Once
) -> Edit:
    """The order stays as it is. Raises NotFound(edit_not_found), Conflict(edit_not_open) unless they were asked."""
    edit = await find_edit(deps, order, edit_id, kind)
    async with deps.db.begin() as tx:
        moved = await _moved(deps, tx, caller, edit, "refused", f"{kind} refused")
        return await once.answer(tx, edit_view(order, moved, staff=caller.may("orders:write")))


async def cancel_edit(
    deps: Deps, caller: Principal, order: OrderRecord, edit_id: UUID, kind: str, once: Once
) -> Edit:
    """Given up before it was confirmed. Raises NotFound(edit_not_found), Conflict(edit_not_open)."""
    edit = await find_edit(deps, order, edit_id, kind)
    async with deps.db.begin() as tx:
        moved = await _moved(deps, tx, caller, edit, "cancelled", f"{kind} given up")
        return await once.answer(tx, edit_view(order, moved, staff=True))


async def _moved(
    deps: Deps, tx: Transaction, caller: Principal, edit: EditRecord, to: str, shown: str
) -> EditRecord:
    now = deps.clock.now()
    await orders.note(tx, edit.order_id, shown, caller.name, now, kind=edit.kind)
    if not await edits.move(tx, edit.edit_id, to, now):
        raise Conflict("edit_not_open", f"this {edit.kind} is {edit.state}")
    moved = await edits.load(tx, edit.edit_id)
    assert moved is not None, "edits are never deleted"
    return moved
