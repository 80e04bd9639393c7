"""A change of an order, or an exchange, is done: its stock is changed, then the order, and money follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

import msgspec

from tradewind.contracts.currencies import formatted
from tradewind.contracts.inventory import Amended, NotReserved, OutOfStock, StockLine
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.kernel.words import words
from tradewind.ports.database import Transaction
from tradewind.services.order import telling_after
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import Parcelled, Pieces, Settlement, summed
from tradewind.services.order.edit_pricing import preview, settlement_of
from tradewind.services.order.edit_views import edit_view
from tradewind.services.order.shapes.edits import Edit, Preview
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import edits, given, orders, pieces, refunds, returns, whereabouts
from tradewind.services.order.store.edits import EditRecord, Parcels
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.refunds import RefundRecord
from tradewind.services.order.use_cases.begin_edit import check_state, find_edit, prices_of
from tradewind.services.order.use_cases.pay_order import resume_soon
from tradewind.services.order.use_cases.refund_order import drive_refund
from tradewind.services.order.use_cases.request_return import hold_return

TRIES = 5


async def confirm_edit(
    deps: Deps, caller: Principal, order: OrderRecord, edit_id: UUID, kind: str, once: Once
) -> Edit:
    """Said twice, it is done once. A customer confirms what they were asked, staff any that is open.

    Raises NotFound(edit_not_found), Conflict(edit_not_open), Conflict(edit_outdated) where it comes to something
    else by now (it is shown anew), Conflict(out_of_stock) with nothing done, Conflict(capture_unsettled) while the
    payment of a parcel is being recorded, Conflict(order_busy), and what begin_edit raises.
    """
    edit = await find_edit(deps, order, edit_id, kind)
    if edit.state in ("confirming", "confirmed"):
        async with deps.db.begin() as tx:
            await once.claim(tx)
    else:
        edit = await _begin(deps, caller, edit, once)
    failure = await drive_edit(deps, edit)
    if failure is not None:
        raise Conflict(failure.partition(":")[0], f"nothing was changed: {failure}")
    current, done = await orders.load(deps.db, order.order_id), await edits.load(deps.db, edit_id)
    assert current is not None, "orders are never deleted"
    assert done is not None, "edits are never deleted"
    refund = next((r for r in current.refunds if r.refund_id == done.refund_id), None)
    if refund is not None and refund.state == "requested":
        await drive_refund(deps, refund, current)
        current = await orders.load(deps.db, order.order_id) or current
    async with deps.db.begin() as tx:
        return await once.complete(tx, edit_view(current, done, staff=caller.may("orders:write")))


async def _begin(deps: Deps, caller: Principal, edit: EditRecord, once: Once) -> EditRecord:
    """From here on the order takes no parcel and no cancellation until its stock is changed."""
    staff = caller.may("orders:write")
    for _ in range(TRIES):
        edit, order = await _fresh(deps, edit)
        if edit.state in ("confirming", "confirmed"):
            async with deps.db.begin() as tx:
                await once.claim(tx)
            return edit
        if edit.state != "requested" and not (staff and edit.state == "begun"):
            raise Conflict("edit_not_open", f"this {edit.kind} is {edit.state}")
        check_state(order, edit.kind)
        parcels = await edits.parcels(deps.db, order.order_id)
        shown = await preview(deps, order, edit.wanted, prices_of(edit), parcels)
        await _check(deps, edit, order, shown, parcels)
        now = deps.clock.now()
        async with deps.db.begin() as tx:
            free = await whereabouts.lock(tx, order.order_id)
            same = await edits.parcels(tx, order.order_id) == parcels
            until = now + resume_soon(deps)
            if (
                free
                and same
                and await edits.begin_confirming(tx, edit, order.version, shown, caller.name, until, now)
            ):
                await once.claim(tx)
                made = await edits.load(tx, edit.edit_id)
                assert made is not None, "edits are never deleted"
                return made
    raise Conflict("order_busy", "this order is changing just now: try again")


async def _fresh(deps: Deps, edit: EditRecord) -> tuple[EditRecord, OrderRecord]:
    order, current = await orders.load(deps.db, edit.order_id), await edits.load(deps.db, edit.edit_id)
    assert order is not None, "orders are never deleted"
    assert current is not None, "edits are never deleted"
    return current, order


async def _check(deps: Deps, edit: EditRecord, order: OrderRecord, shown: Preview, parcels: Parcels) -> None:
    """Nothing is done that was not shown, and no money goes back that is not there yet."""
    before = edit.preview
    sums = (shown.totals, shown.due_minor, shown.refund_minor, shown.credit_minor)
    if sums != (before.totals, before.due_minor, before.refund_minor, before.credit_minor):
        async with deps.db.begin() as tx:
            await edits.change(tx, edit.edit_id, edit.wanted, shown, edit.reason, deps.clock.now())
        raise Conflict(
            "edit_outdated",
            "it comes to something else by now: look at it again",
            details={"total_minor": shown.totals.total_minor, "due_minor": shown.due_minor},
        )
    if shown.refund_minor or shown.credit_minor:
        left = order.captured_minor - order.refunded_minor - order.refunding_minor
        if parcels.unsettled or left < shown.refund_minor + shown.credit_minor:
            raise Conflict(
                "capture_unsettled", "what is given back was not captured, or that is just being recorded"
            )
    if edit.kind == "exchange":
        gone = await returns.parcelled(deps.db, order.order_id)
        _check_returnable(order, edit, gone, await given.replaced_or_discounted(deps.db, order.order_id))


def _check_returnable(
    order: OrderRecord, edit: EditRecord, gone: Sequence[Parcelled], claimed: Mapping[str, int]
) -> None:
    """What is in a parcel that has not left cannot come back. What has left stays so while the edit is confirmed.
    Pieces that claims gave something for do not pay for others: a return's refund says what is left of them."""
    lines = {line.sku: line for line in order.lines}
    sent = Counter[str]()
    for parcelled in gone:
        sent[parcelled.sku] += parcelled.quantity
    for piece in edit.wanted.returns:
        line = lines.get(piece.sku)
        back = line.returned_quantity + line.returning_quantity if line else 0
        most = sent[piece.sku] - max(line.refunded_quantity, back) if line else 0
        if piece.quantity > most:
            raise Conflict(
                "nothing_to_return", f"fewer of {piece.sku} were sent and not refunded", field="returns"
            )
        if piece.quantity > most - claimed.get(piece.sku, 0):
            raise Conflict(
                "pieces_claimed",
                f"a claim replaced {piece.sku}, or gave a part of its price: take it back by a return",
                field="returns",
            )


async def drive_edit(deps: Deps, edit: EditRecord) -> str | None:
    """Change the stock, then the order. Safe to repeat. Answers why it failed; None when it is done."""
    if edit.state != "confirming":
        return edit.failure if edit.state == "begun" else None
    if edit.preview.add or edit.preview.remove:
        change_id = uuid5(edit.edit_id, f"attempt {edit.attempt}")
        outcome = await deps.inventory.amend(
            edit.order_id, change_id, _stock(edit.preview.add), _stock(edit.preview.remove)
        )
        if not isinstance(outcome, Amended):
            failure = "stock_not_reserved"
            if isinstance(outcome, OutOfStock | NotReserved):
                short = ", ".join(f"{line.sku} ({line.quantity} left)" for line in outcome.short)
                failure = f"out_of_stock: {short}" if isinstance(outcome, OutOfStock) else failure
            return await _fail(deps, edit, failure)
    await _record(deps, edit)
    return None


def _stock(changed: list[Pieces]) -> list[StockLine]:
    return [StockLine(piece.sku, piece.quantity) for piece in changed]


async def _fail(deps: Deps, edit: EditRecord, failure: str) -> str:
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await whereabouts.lock(tx, edit.order_id)
        if await edits.finish_failed(tx, edit, failure, now):
            shown = f"{edit.kind} could not be done: {failure}"
            await orders.note(tx, edit.order_id, shown, edit.doer, now, kind=edit.kind)
    return failure


async def _record(deps: Deps, edit: EditRecord) -> None:
    """The order is what the preview showed, in one transaction with what follows from it."""
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await whereabouts.lock(tx, edit.order_id)
        order = await orders.load(tx, edit.order_id)
        assert order is not None, "orders are never deleted"
        parcels = await edits.parcels(tx, edit.order_id)
        settlement = settlement_of(order, edit.preview, parcels.captures_minor)
        refund_id = deps.clock.new_id()
        if not await edits.finish_confirmed(tx, edit, settlement, now):
            return
        added = {
            line.sku: more
            for line in edit.preview.lines
            if (more := line.quantity - line.quantity_before) > 0
        }
        awaited = added if edit.wanted.ship == "after_return" else {}
        await edits.apply_lines(tx, edit, awaited, added if settlement.more_minor else {})
        await edits.apply_order(tx, edit, settlement)
        await edits.add_words(tx, edit.order_id, words(list(added)))
        await whereabouts.settle(tx, edit.order_id, _shown(edit, order), edit.doer, now, kind=edit.kind)
        changed = await orders.load(tx, edit.order_id)
        assert changed is not None, "orders are never deleted"
        if edit.kind == "exchange":
            await _exchange(deps, tx, edit, changed, refund_id)
        elif settlement.refund_minor:
            await _refund(deps, tx, edit, changed, settlement, refund_id)
        final, done = await orders.load(tx, edit.order_id), await edits.load(tx, edit.edit_id)
        assert final is not None, "orders are never deleted"
        assert done is not None, "edits are never deleted"
        await deps.outbox.append(tx, telling_after.order_edited(deps, order, final, done))


async def _refund(
    deps: Deps,
    tx: Transaction,
    edit: EditRecord,
    order: OrderRecord,
    settlement: Settlement,
    refund_id: UUID,
) -> None:
    """What was captured above what it costs now; at most what was not given back otherwise meanwhile."""
    left = order.captured_minor - order.refunded_minor - order.refunding_minor
    amount, now = min(settlement.refund_minor, left), deps.clock.now()
    if amount <= 0:
        return
    refund = RefundRecord(
        refund_id,
        edit.order_id,
        "requested",
        amount,
        [],
        "the order was edited",
        edit.doer,
        now,
        uninvoiced=True,
    )
    shown = f"refund of {formatted(amount, order.currency)} asked for: the order was edited"
    asked = await refunds.request(tx, refund, shown, now + resume_soon(deps))
    assert asked, "bounded by what was captured, of an order that is locked"
    await edits.keep_refund(tx, edit.edit_id, refund_id)


async def _exchange(
    deps: Deps, tx: Transaction, edit: EditRecord, order: OrderRecord, refund_id: UUID
) -> None:
    """Its pieces are to come back, and what they cost pays for those that are sent; the rest is refunded."""
    returned = await hold_return(
        deps, tx, edit.doer, order, edit.wanted.returns, edit.reason, staff=True, edit_id=edit.edit_id
    )
    await edits.keep_return(tx, edit.edit_id, returned.return_id)
    await deps.outbox.append(tx, telling_after.return_approved(deps, order, returned))
    lines = [FulfilLine(p.sku, p.quantity) for p in summed((r.sku, r.quantity) for r in edit.wanted.returns)]
    worth = await pieces.take(tx, edit.order_id, lines, "refunded_quantity")
    assert worth is not None, "checked when it began; nobody refunds an order that is being edited"
    now, credit = deps.clock.now(), edit.preview.credit_minor
    amount = min(worth - credit, edit.preview.refund_minor)  # less where less is left of the payments
    refund = RefundRecord(
        refund_id,
        edit.order_id,
        "requested",
        amount,
        [] if credit else lines,
        f"exchange {order.number}-R{returned.number}",
        edit.doer,
        now,
    )
    if credit:
        paid = msgspec.structs.replace(
            refund, refund_id=deps.clock.new_id(), lines=lines, credited_minor=credit
        )
        await refunds.credit(tx, paid)
    if amount:
        shown = f"refund of {formatted(amount, order.currency)} asked for: {refund.reason}"
        asked = await refunds.request(tx, refund, shown, now + resume_soon(deps))
        assert asked, "nobody refunds an order that is being edited"
        await edits.keep_refund(tx, edit.edit_id, refund_id)
    elif not credit:  # they were free
        await pieces.give_back(tx, edit.order_id, lines, "refunded_quantity")
    await deps.outbox.append(tx, telling_after.exchange_confirmed(deps, order, edit, returned, amount))


def _shown(edit: EditRecord, order: OrderRecord) -> str:
    """What changed, in words that a history can show."""
    after = {line.sku: line.quantity for line in edit.preview.lines}
    more = [(line.sku, line.quantity - line.quantity_before) for line in edit.preview.lines]
    less = [(line.sku, line.quantity - after.get(line.sku, 0)) for line in order.lines]
    parts = [f"+{quantity} x {sku}" for sku, quantity in more if quantity > 0]
    parts += [f"-{quantity} x {sku}" for sku, quantity in less if quantity > 0]
    parts += ["another address"] if edit.wanted.shipping_address or edit.wanted.billing_address else []
    parts += [f"shipping {edit.wanted.shipping_method}"] if edit.wanted.shipping_method else []
    total = formatted(edit.preview.totals.total_minor, order.currency)
    what = "exchanged" if edit.kind == "exchange" else "edited"
    return f"{what}: {', '.join([*parts, f'total {total}'])}" + (f" ({edit.reason})" if edit.reason else "")
