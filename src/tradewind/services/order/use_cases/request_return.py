"""A customer, or staff for them, asks to send pieces back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling_after
from tradewind.services.order.access import check_ours
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import returnable_until, summed
from tradewind.services.order.return_views import return_view
from tradewind.services.order.shapes.returns import AskReturn, Return, ReturnLineInput
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import orders, returns, whereabouts
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.returns import ReturnRecord


async def request_return(
    deps: Deps, caller: Principal, order: OrderRecord, command: AskReturn, once: Once
) -> Return:
    """The pieces are held for it at once: two requests never want the same ones.

    Raises Conflict(order_busy), Conflict(order_imported), Conflict(nothing_to_return) for more than was sent and is
    not coming back already, and for customers Conflict(return_too_late) after TRADEWIND_ORDER_RETURN_DAYS; staff may
    ask for one at any time.
    """
    check_ours(order)
    staff = caller.may("orders:write")
    lines = _joined(command.lines)
    async with deps.db.begin() as tx:
        if not await whereabouts.lock(tx, order.order_id):
            raise Conflict("order_busy", "this order is just being edited: try again")
        record = await hold_return(deps, tx, caller.name, order, lines, command.note, staff=staff)
        current = await orders.load(tx, order.order_id)
        assert current is not None, "orders are never deleted"
        await deps.outbox.append(tx, telling_after.return_requested(deps, current, record))
        return await once.answer(tx, return_view(current, record, staff=staff))


async def hold_return(
    deps: Deps,
    tx: Transaction,
    actor: str,
    order: OrderRecord,
    lines: Sequence[ReturnLineInput],
    note: str,
    *,
    staff: bool,
    edit_id: UUID | None = None,
) -> ReturnRecord:
    """Write the return down with its pieces held; one that belongs to an exchange is approved by that."""
    now = deps.clock.now()
    pieces = summed((line.sku, line.quantity) for line in lines)
    shown = "return asked for: " + ", ".join(f"{piece.quantity} x {piece.sku}" for piece in pieces)
    await orders.note(tx, order.order_id, shown, actor, now, kind="return")
    if not staff:
        await _check_in_time(deps, tx, order, lines)
    if not await returns.hold_pieces(tx, order.order_id, pieces):
        left = {
            line.sku: line.fulfilled_quantity
            - max(line.refunded_quantity, line.returned_quantity + line.returning_quantity)
            for line in order.lines
        }
        said = shortage("fewer of these were sent and are not on their way back already", pieces, left)
        raise Conflict("nothing_to_return", said, field="lines")
    wanted = ReturnRecord(
        deps.clock.new_id(),
        order.order_id,
        0,
        "requested" if edit_id is None else "approved",
        note,
        not staff,
        actor,
        now,
        now,
    )
    await returns.insert(tx, wanted, lines, edit_id)
    made = await returns.load(tx, wanted.return_id)
    assert made is not None, "inserted above"
    return made


async def _check_in_time(
    deps: Deps, tx: Transaction, order: OrderRecord, lines: Sequence[ReturnLineInput]
) -> None:
    """The order is locked: what left is what is read."""
    left = await returns.parcelled(tx, order.order_id)
    for line in lines:
        until = returnable_until(left, line.sku, deps.settings.return_days)
        if until is not None and deps.clock.now() > until:
            raise Conflict(
                "return_too_late",
                f"{line.sku} could be returned until {until:%Y-%m-%d}: write to us instead",
                field="lines",
                details={"sku": line.sku, "until": until.isoformat()},
            )


def _joined(lines: Sequence[ReturnLineInput]) -> list[ReturnLineInput]:
    """Pieces of one SKU summed; the first entry's reason holds, and all notes."""
    joined: dict[str, ReturnLineInput] = {}
    for line in lines:
        known = joined.get(line.sku)
        joined[line.sku] = (
            line
            if known is None
            else ReturnLineInput(
                line.sku, known.quantity + line.quantity, known.reason, f"{known.note} {line.note}".strip()
            )
        )
    return [joined[sku] for sku in sorted(joined)]
