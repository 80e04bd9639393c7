"""Staff decide a claim: money back, another piece free of charge, or neither; and what was decided is done."""

from __future__ import annotations

from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.inventory import Amended, NotReleased, NotReserved, OutOfStock, StockLine
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order import telling_after
from tradewind.services.order.access import check_ours, find_claim
from tradewind.services.order.claim_views import claim_view
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import Pieces
from tradewind.services.order.shapes.claims import Claim, DecideClaim, ShipReplacement
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store import claims, orders, pieces, refunds, whereabouts
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.store.refunds import RefundRecord
from tradewind.services.order.use_cases.fulfil_order import check_released, summed, why_not_here
from tradewind.services.order.use_cases.pay_order import resume_soon
from tradewind.services.order.use_cases.refund_order import drive_refund, left_to_give


async def decide_claim(
    deps: Deps, caller: Principal, order: OrderRecord, claim_id: UUID, command: DecideClaim, once: Once
) -> Claim:
    """Raises NotFound(claim_not_found), Conflict(claim_decided), Conflict(order_busy), Conflict(order_imported),
    Conflict(too_many_pieces) and Conflict(nothing_to_refund) where its pieces were refunded before,
    Conflict(refund_too_large), Conflict(payment_disputed), Conflict(out_of_stock) and Conflict(refund_failed): then it
    may be decided again.
    """
    async with deps.db.begin() as tx:
        if await once.claim(tx):
            await _decide(deps, tx, caller, order, claim_id, command)
    claim = await _current(deps, claim_id)
    failure = await drive_claim(deps, claim)
    if failure is not None:
        raise Conflict(failure.partition(":")[0], f"what was decided could not be done: {failure}")
    current, done = await orders.load(deps.db, order.order_id), await _current(deps, claim_id)
    assert current is not None, "orders are never deleted"
    async with deps.db.begin() as tx:
        return await once.complete(tx, claim_view(current, done, staff=True))


async def ship_replacement(
    deps: Deps, caller: Principal, order: OrderRecord, claim_id: UUID, command: ShipReplacement, once: Once
) -> Claim:
    """The free parcel leaves. Raises NotFound(claim_not_found), Conflict(claim_not_shippable),
    Conflict(stock_not_reserved), Conflict(not_released)."""
    await _check_released(deps, order, claim_id)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        if await once.claim(tx):
            claim = await _locked(deps, tx, caller, order, claim_id, "replacement is being shipped")
            if claim.state != "shipping" and not await claims.move(
                tx,
                claim_id,
                "shipping",
                now,
                resume_at=now + resume_soon(deps),
                carrier=command.carrier,
                tracking_number=command.tracking_number,
                by=caller.name,
            ):
                raise Conflict("claim_not_shippable", f"a claim that is {claim.state} has nothing to ship")
    failure = await drive_claim(deps, await _current(deps, claim_id))
    if failure is not None:
        code, _, which = failure.partition(": ")
        raise Conflict(code, f"the warehouse does not let these pieces go: {which}")
    done = await _current(deps, claim_id)
    async with deps.db.begin() as tx:
        return await once.complete(tx, claim_view(order, done, staff=True))


async def _check_released(deps: Deps, order: OrderRecord, claim_id: UUID) -> None:
    """A replacement that may not leave yet stays reserved, for staff to send later."""
    claim = await claims.load(deps.db, claim_id)
    if claim is None or claim.order_id != order.order_id or claim.state != "reserved":
        return
    await check_released(deps, claim_id, claim_id, _stock(order, claim), "Send it later")


async def _decide(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    claim_id: UUID,
    command: DecideClaim,
) -> None:
    if not await whereabouts.lock(tx, order.order_id):
        raise Conflict("order_busy", "this order is just being edited: try again")
    shown = f"claim decided: {command.outcome}" + (f" ({command.message})" if command.message else "")
    claim = await _locked(deps, tx, caller, order, claim_id, shown)
    now = deps.clock.now()
    refund: RefundRecord | None = None
    if command.outcome == "refund":
        refund = await _refund(deps, tx, caller, order, claim, command)
    elif command.outcome == "replacement" and command.amount_minor is not None:
        raise Invalid(
            "amount_not_expected", "a replacement is free: leave the amount out", field="amount_minor"
        )
    sent = summed(command.lines) or claim.lines if command.outcome == "replacement" else []
    moved = await claims.move(
        tx,
        claim_id,
        "refused" if command.outcome == "refusal" else "accepted",
        now,
        resume_at=None if command.outcome == "refusal" else now + resume_soon(deps),
        outcome=command.outcome,
        decision=command.message,
        refund_id=refund.refund_id if refund else None,
        replacement=[Pieces(line.sku, line.quantity) for line in sent],
        by=caller.name,
    )
    if not moved:
        raise Conflict("claim_decided", f"this claim is {claim.state}")
    amount = Money(refund.amount_minor if refund else 0, order.currency)
    decided = await claims.load(tx, claim_id)
    assert decided is not None, "claims are never deleted"
    await deps.outbox.append(tx, telling_after.claim_decided(deps, order, decided, amount))


async def _refund(
    deps: Deps,
    tx: Transaction,
    caller: Principal,
    order: OrderRecord,
    claim: ClaimRecord,
    command: DecideClaim,
) -> RefundRecord:
    """In full, or what is left of the payment: the pieces count as refunded. In part: an amount alone, and they may
    still come back."""
    check_ours(order)
    now, amount, lines = deps.clock.now(), command.amount_minor, list[FulfilLine]()
    whole = amount is None
    if amount is None:
        lines = claim.lines
        amount = await pieces.take(tx, order.order_id, lines, "refunded_quantity")
        if amount is None:
            raise Conflict("too_many_pieces", "these were refunded before", field="outcome")
        if amount == 0:
            raise Conflict("nothing_to_refund", "these were free", field="outcome")
    left = await left_to_give(tx, order, amount, at_most=whole)
    less = (
        "" if left == amount else f", of {formatted(amount, order.currency)}: no more is left of the payment"
    )
    refund_id = uuid5(NAMESPACE_OID, f"claim {claim.claim_id} {claim.attempt + 1}")
    reason = f"claim {order.number}-C{claim.number}"
    refund = RefundRecord(refund_id, order.order_id, "requested", left, lines, reason, caller.name, now)
    shown = f"refund of {formatted(left, order.currency)} asked for: {reason}{less}"
    asked = await refunds.request(tx, refund, shown, now + resume_soon(deps))
    assert asked, "bounded by what is left, of an order that is locked"
    return refund


async def drive_claim(deps: Deps, claim: ClaimRecord) -> str | None:
    """Do what was decided, as far as it goes. Safe to repeat. Answers why it failed; None when it did not (yet)."""
    if claim.state == "accepted" and claim.outcome == "refund":
        return await _drive_refund(deps, claim)
    if claim.state == "accepted":
        return await _reserve(deps, claim)
    if claim.state == "shipping":
        return await _ship(deps, claim)
    return claim.failure if claim.state == "requested" else None


async def _drive_refund(deps: Deps, claim: ClaimRecord) -> str | None:
    """What became of the money moves the claim: see store/after_refund.py."""
    assert claim.refund_id is not None, "held when it was decided"
    refund, order = await refunds.load(deps.db, claim.refund_id), await orders.load(deps.db, claim.order_id)
    assert refund is not None, "written down when it was decided"
    assert order is not None, "orders are never deleted"
    failure = await drive_refund(deps, refund, order)
    return None if failure is None else f"refund_failed: {failure}"


async def _reserve(deps: Deps, claim: ClaimRecord) -> str | None:
    """The stock of a replacement is held under the claim's own id, whatever becomes of the order's."""
    order = await orders.load(deps.db, claim.order_id)
    assert order is not None, "orders are never deleted"
    stock, failure = _stock(order, claim), None
    if stock:
        change_id = uuid5(claim.claim_id, f"attempt {claim.attempt}")
        outcome = await deps.inventory.amend(claim.claim_id, change_id, stock, [])
        if isinstance(outcome, OutOfStock):
            short = ", ".join(f"{line.sku} ({line.quantity} left)" for line in outcome.short)
            failure = f"out_of_stock: {short}"
        elif not isinstance(outcome, Amended):
            failure = "out_of_stock: its stock was let go"
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await whereabouts.lock(tx, claim.order_id)
        if failure is None:
            await claims.move(tx, claim.claim_id, "reserved", now)
        elif await claims.move(tx, claim.claim_id, "requested", now, failure=failure):
            await orders.note(
                tx, claim.order_id, f"replacement not possible: {failure}", claim.doer, now, kind="claim"
            )
    return failure


async def _ship(deps: Deps, claim: ClaimRecord) -> str | None:
    order = await orders.load(deps.db, claim.order_id)
    assert order is not None, "orders are never deleted"
    stock = _stock(order, claim)
    shipped = await deps.inventory.ship(claim.claim_id, claim.claim_id, stock) if stock else None
    if isinstance(shipped, NotReserved | NotReleased):
        return why_not_here(shipped)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await whereabouts.lock(tx, claim.order_id)
        if await claims.move(tx, claim.claim_id, "settled", now):
            shown = "replacement sent: " + ", ".join(f"{p.quantity} x {p.sku}" for p in claim.replacement)
            await orders.note(tx, claim.order_id, shown, claim.doer, now, kind="claim")
    return None


def _stock(order: OrderRecord, claim: ClaimRecord) -> list[StockLine]:
    """Lines of staff's own words have none."""
    own = {line.sku for line in order.lines if line.kind == "custom"}
    return [StockLine(piece.sku, piece.quantity) for piece in claim.replacement if piece.sku not in own]


async def _locked(
    deps: Deps, tx: Transaction, caller: Principal, order: OrderRecord, claim_id: UUID, shown: str
) -> ClaimRecord:
    """The claim as it is, with its order locked by the entry of its history. Raises NotFound."""
    await orders.note(tx, order.order_id, shown, caller.name, deps.clock.now(), kind="claim")
    return await find_claim(tx, order, claim_id)


async def _current(deps: Deps, claim_id: UUID) -> ClaimRecord:
    claim = await claims.load(deps.db, claim_id)
    assert claim is not None, "claims are never deleted"
    return claim
