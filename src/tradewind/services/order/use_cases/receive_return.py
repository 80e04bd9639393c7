"""The warehouse opens a parcel that came back: what is in it goes into stock, is looked at, or is written off."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.inventory import NotShipped, ReturnedPiece
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import RECEIVABLE, summed
from tradewind.services.order.return_views import return_view
from tradewind.services.order.shapes.returns import ReceivedPiece, ReceiveReturn, Return
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import edits, orders, returns, whereabouts
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReceiptRecord
from tradewind.services.order.use_cases.pay_order import resume_soon

_SERIAL_EXISTS = "serial_exists"


async def receive_return(
    deps: Deps, caller: Principal, order: OrderRecord, return_id: UUID, command: ReceiveReturn, once: Once
) -> Return:
    """Several parcels of one return are received one after the other; each takes its pieces back once.

    Raises NotFound(return_not_found), Conflict(return_not_receivable), Conflict(too_many_pieces),
    Invalid(warehouse_unknown), Conflict(return_not_shipped) where the warehouse never sent so many,
    Conflict(serial_exists) where the piece lies in stock by its number: then nothing was received, and it may be
    tried again.
    """
    receipt_id = (
        uuid5(NAMESPACE_OID, f"receipt {order.order_id} {once.scope} {once.key}")
        if once.key
        else deps.clock.new_id()
    )
    receipt = await returns.load_receipt(deps.db, receipt_id)
    if receipt is None:
        receipt = await _request(deps, caller, order, return_id, command, receipt_id, once)
    else:
        async with deps.db.begin() as tx:
            await once.claim(tx)
    failure = await drive_receipt(deps, receipt)
    if failure == "warehouse_unknown":
        raise Invalid("warehouse_unknown", "one of these warehouses does not exist", field="pieces")
    if failure is not None and failure.startswith(_SERIAL_EXISTS):
        why = failure.partition(": ")[2]
        raise Conflict("serial_exists", f"{why}. Where it lies there by mistake, take it out first")
    if failure is not None:
        raise Conflict("return_not_shipped", f"the stock could not be taken back: {failure}")
    current, record = await orders.load(deps.db, order.order_id), await returns.load(deps.db, return_id)
    assert current is not None, "orders are never deleted"
    assert record is not None, "returns are never deleted"
    async with deps.db.begin() as tx:
        return await once.complete(tx, return_view(current, record, staff=True))


async def _request(
    deps: Deps,
    caller: Principal,
    order: OrderRecord,
    return_id: UUID,
    command: ReceiveReturn,
    receipt_id: UUID,
    once: Once,
) -> ReceiptRecord:
    now = deps.clock.now()
    pieces = _joined(command.pieces)
    async with deps.db.begin() as tx:
        if not await once.claim(tx):  # at another replica, a moment ago
            known = await returns.load_receipt(tx, receipt_id)
            if known is not None:
                return known
        shown = "parcel of a return opened: " + ", ".join(
            f"{piece.quantity} x {piece.sku} ({piece.condition.replace('_', ' ')})" for piece in pieces
        )
        await orders.note(tx, order.order_id, shown, caller.name, now, kind="return")
        record = await returns.load(tx, return_id)
        if record is None or record.order_id != order.order_id:
            raise NotFound("return_not_found", "this order has no such return")
        if record.state not in RECEIVABLE or record.refund_id is not None:
            raise Conflict(
                "return_not_receivable", f"a return that is {record.state.replace('_', ' ')} is not received"
            )
        receipt = ReceiptRecord(
            receipt_id,
            return_id,
            order.order_id,
            "requested",
            pieces,
            command.inspection,
            caller.name,
            now,
        )
        if not await returns.open_receipt(tx, receipt, now + resume_soon(deps)):
            left = {line.sku: line.quantity - line.received for line in record.lines}
            said = shortage(
                "fewer of these are still to come back", summed((p.sku, p.quantity) for p in pieces), left
            )
            raise Conflict("too_many_pieces", said, field="pieces")
        return receipt


async def drive_receipt(deps: Deps, receipt: ReceiptRecord) -> str | None:
    """Have the pieces taken into stock, and record that. Lines of staff's own words have no stock. Safe to repeat.
    Answers why it failed."""
    if receipt.state != "requested":
        return receipt.failure
    order = await orders.load(deps.db, receipt.order_id)
    assert order is not None, "orders are never deleted"
    kept = {line.sku for line in order.stocked}
    lines = [
        ReturnedPiece(piece.sku, piece.quantity, piece.warehouse, piece.condition)
        for piece in receipt.pieces
        if piece.sku in kept
    ]
    if lines:
        try:
            taken = await deps.inventory.take_back(receipt.order_id, receipt.receipt_id, lines)
        except Invalid as refusal:
            return await _fail(deps, receipt, refusal.code)
        except Conflict as refusal:
            why = f": {refusal.message}" if refusal.code == _SERIAL_EXISTS else ""
            return await _fail(deps, receipt, refusal.code + why)
        if isinstance(taken, NotShipped):
            return await _fail(deps, receipt, "not_shipped")
    await _record(deps, receipt)
    return None


async def _record(deps: Deps, receipt: ReceiptRecord) -> None:
    now = deps.clock.now()
    pieces = summed((piece.sku, piece.quantity) for piece in receipt.pieces)
    shown = "returned " + ", ".join(f"{piece.quantity} x {piece.sku}" for piece in pieces)
    async with deps.db.begin() as tx:
        await whereabouts.lock(tx, receipt.order_id)
        if not await returns.finish_taken(tx, receipt, now):
            return
        record = await returns.load(tx, receipt.return_id)
        assert record is not None, "returns are never deleted"
        if record.edit_id is not None and record.state == "received":
            await edits.send_awaited(tx, record.edit_id)
        await whereabouts.settle(tx, receipt.order_id, shown, receipt.actor, now, kind="return")
        order = await orders.load(tx, receipt.order_id)
        assert order is not None, "orders are never deleted"
        await deps.outbox.append(tx, telling_after.return_received(deps, order, record, receipt))


async def _fail(deps: Deps, receipt: ReceiptRecord, failure: str) -> str:
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        shown = f"a returned parcel was not taken into stock: {failure.replace('_', ' ')}"
        await orders.note(tx, receipt.order_id, shown, receipt.actor, now, kind="return")
        await returns.finish_failed(tx, receipt, failure, now)
    return failure


def _joined(pieces: list[ReceivedPiece]) -> list[ReceivedPiece]:
    """One entry a SKU, warehouse and condition, in an order that is always the same."""
    joined: dict[tuple[str, str, str], ReceivedPiece] = {}
    for piece in pieces:
        named = (piece.sku, piece.warehouse, piece.condition)
        quantity = piece.quantity + (joined[named].quantity if named in joined else 0)
        joined[named] = ReceivedPiece(piece.sku, quantity, piece.warehouse, piece.condition)
    return [joined[named] for named in sorted(joined)]
