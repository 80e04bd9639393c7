"""Staff approve or refuse a return; whoever asked for it takes it back; staff end one without a refund."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.events import Event
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import WAITS_FOR_PIECES
from tradewind.services.order.return_views import return_view
from tradewind.services.order.shapes.returns import ApproveReturn, Return
from tradewind.services.order.store import orders, returns
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReturnRecord


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
        record = await _again(tx, return_id)
        await deps.outbox.append(tx, telling_after.return_approved(deps, order, record))
        return await once.answer(tx, return_view(order, record, staff=True))


async def refuse_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, reason: str, once: Once
) -> Return:
    """Its pieces may be asked for again. Raises as approve_return does."""
    async with deps.db.begin() as tx:
        record = await locked_return(deps, tx, caller, order, return_id, "return refused", reason)
        ended = await _end(deps, tx, record, "refused", reason)
        if ended is None:
            raise Conflict("return_decided", f"this return is {record.state.replace('_', ' ')}")
        event: Event = telling_after.return_refused(deps, order, ended)
        await deps.outbox.append(tx, event)
        return await once.answer(tx, return_view(order, ended, staff=True))


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
        ended = None if receiving else await _end(deps, tx, record, "cancelled", None)
        if ended is None:
            raise Conflict("return_under_way", f"this return is {record.state.replace('_', ' ')}")
        return await once.answer(tx, return_view(order, ended, staff=staff))


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
        ended = await _end(deps, tx, record, "closed", reason)
        if ended is None:
            raise Conflict("return_not_received", f"this return is {record.state.replace('_', ' ')}")
        return await once.answer(tx, return_view(order, ended, staff=True))


async def locked_return(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    return_id: UUID,
    shown: str,
    said: str,
) -> ReturnRecord:
    """The return as it is with its order locked, by the entry of its history that reads `shown`. Raises NotFound."""
    entry = f"{shown}: {said}" if said else shown
    await orders.note(tx, order.order_id, entry, caller.name, deps.clock.now(), kind="return")
    record = await returns.load(tx, return_id)
    if record is None or record.order_id != order.order_id:
        raise NotFound("return_not_found", "this order has no such return")
    return record


async def _end(
    deps: Deps, tx: Transaction, record: ReturnRecord, to: str, decision: str | None
) -> ReturnRecord | None:
    """None where its state does not allow it. Pieces that were to come are let go."""
    if not await returns.move(tx, record.return_id, to, deps.clock.now(), decision=decision):
        return None
    if record.state in WAITS_FOR_PIECES:
        await returns.let_go(tx, record.return_id)
    return await _again(tx, record.return_id)


async def _again(tx: Transaction, return_id: UUID) -> ReturnRecord:
    record = await returns.load(tx, return_id)
    assert record is not None, "returns are never deleted"
    return record
