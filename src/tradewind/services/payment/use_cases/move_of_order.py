"""Capture or refund an amount of an order: of its only payment, or spread over those that it has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from tradewind.contracts.common import Money
from tradewind.contracts.payment import CaptureFailed, PaymentRefunded, Pending, RefundFailed, Refused
from tradewind.kernel.events import Event
from tradewind.ports.database import Transaction
from tradewind.services.payment import queries
from tradewind.services.payment.answers import refusal_to_move, unacceptable
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    INTERNAL_METHODS,
    OPEN_OPERATION,
    Operation,
)
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.spreading import Part, spread_over
from tradewind.services.payment.store import operations, spreads
from tradewind.services.payment.store.operations import Wanted
from tradewind.services.payment.store.spreads import Spread
from tradewind.services.payment.use_cases.move_amount import begin_or_tell, refuse_while_unknown
from tradewind.services.payment.use_cases.settle_operation import (
    fail_operation,
    send_operation,
    settle_operation,
)
from tradewind.services.payment.use_cases.settle_payment import settle_payment

LONGEST_REASON = 500
Told = Operation | Spread | Pending | Refused


async def move_of_order(deps: Deps, key: OperationKey, order_id: UUID, amount: Money, reason: str) -> Told:
    """An order of one payment takes the short way: one operation, named as it was asked for. Otherwise the
    parts are fixed in one transaction; those of outside processors are sent first, and those that cannot fail
    are settled when these have succeeded.

    Raises Unavailable where an earlier operation stays unknown: nothing was begun, and the call may be repeated.
    """
    wrong = unacceptable(amount)
    if wrong is not None:
        return wrong
    wanted = Wanted(key, order_id, amount.amount_minor, amount.currency, reason[:LONGEST_REASON])
    done = await begin_or_tell(deps, wanted)
    if done is not None:
        return done
    known = await spreads.load(deps.db, key)
    if known is not None:
        return _reused(known, wanted) or await drive_spread(deps, known)
    await settle_payment(deps, order_id)
    done = await begin_or_tell(deps, wanted)
    if done is not None:
        return done
    await refuse_while_unknown(deps, wanted)
    begun = await _begin(deps, wanted)
    if isinstance(begun, Refused):
        return begun
    if begun is None:
        done = await begin_or_tell(deps, wanted)
        assert done is not None, "operations are never removed"
        return done
    spread, fresh = begun
    return await drive_spread(deps, spread, fresh)


def _reused(known: Spread, wanted: Wanted) -> Refused | None:
    if (known.order_id, known.amount) == (wanted.order_id, Money(wanted.amount_minor, wanted.currency)):
        return None
    kind = wanted.key.kind
    return Refused(f"{kind}_id_reused", f"this id belongs to another {kind}: use a new one")


async def _begin(deps: Deps, wanted: Wanted) -> tuple[Spread, list[Operation]] | Refused | None:
    """With those of its parts that this caller has to send. What another began under this key, while this one waited
    for the order's payments, is looked for first: what is left is less by that. None where it is one operation."""
    now, amount = deps.clock.now(), Money(wanted.amount_minor, wanted.currency)
    leased_until = now + timedelta(seconds=deps.settings.lease_seconds)
    async with deps.db.begin() as tx:
        holdings = await queries.holdings(tx, wanted.order_id, lock=True)
        known = await spreads.load(tx, wanted.key)
        if known is not None:
            return _reused(known, wanted) or (known, [])
        if await queries.operation(tx, wanted.key) is not None:
            return None
        credit = await spreads.credit_minor(tx, wanted.order_id) if wanted.key.kind == "capture" else 0
        if not holdings or (len(holdings) < 2 and credit < amount.amount_minor):
            return refusal_to_move(wanted.key.kind, amount, holdings[0] if holdings else None)
        parts = spread_over(wanted.key.kind, amount, holdings, credit)
        if isinstance(parts, Refused):
            return parts
        credit_used = amount.amount_minor - sum(part.amount_minor for part in parts)
        spread = await spreads.insert_once(tx, wanted, credit_used, now)
        if spread is None:  # of another order, whose payments are not locked
            return Refused(f"{wanted.key.kind}_id_reused", "use a new id")
        fresh = []
        for part in parts:
            begun = await operations.begin_move(
                tx, _part_wanted(wanted, part), leased_until=leased_until, now=now
            )
            assert begun is not None, "its payment is locked, and has the amount"
            if begun.method in INTERNAL_METHODS:
                await spreads.hold_back(tx, begun)
            else:
                fresh.append(begun)
        return spread, fresh


def _part_wanted(wanted: Wanted, part: Part) -> Wanted:
    key = OperationKey(wanted.key.kind, uuid5(wanted.key.id, f"payment {part.number}"))
    return Wanted(
        key,
        wanted.order_id,
        part.amount_minor,
        wanted.currency,
        wanted.reason,
        part.number,
        wanted.key.id,
    )


async def drive_spread(deps: Deps, spread: Spread, fresh: Sequence[Operation] = ()) -> Spread | Pending:
    """As far as it goes now. Safe to repeat. `fresh`: parts that were begun by this caller just now."""
    if spread.state != "open":
        return spread
    for part in fresh:
        await send_operation(deps, part)
    parts = await queries.parts_of(deps.db, spread.key)
    outside = [
        part if part.state in ("succeeded", "failed") else await settle_operation(deps, part.key)
        for part in parts
        if part.method not in INTERNAL_METHODS
    ]
    if any(part.state not in ("succeeded", "failed") for part in outside):
        return Pending()
    failed = next((part for part in outside if part.state == "failed"), None)
    inside = [part for part in parts if part.method in INTERNAL_METHODS and part.state in OPEN_OPERATION]
    for part in inside:
        if failed is None:
            await send_operation(deps, part)
        else:
            await fail_operation(deps, part, "other_part_failed", "another payment of the order failed")
    async with deps.db.begin() as tx:
        parts = await queries.parts_of(tx, spread.key)
        if await spreads.finish(tx, spread, failed, deps.clock.now()):
            await _tell(deps, tx, spread, parts, failed)
    finished = await spreads.load(deps.db, spread.key)
    assert finished is not None, "spreads are never removed"
    return finished


async def _tell(
    deps: Deps, tx: Transaction, spread: Spread, parts: list[Operation], failed: Operation | None
) -> None:
    """Of a capture each part told when it was taken. What a refund that failed gave back all the same is told
    under the parts' own ids."""
    code = None if failed is None else failed.failure_code or "failed"
    id_ = spread.key.id
    news: list[Event] = []
    if spread.key.kind == "capture" and failed is not None:
        news = [CaptureFailed(spread.order_id, failed.payment_id, id_, code or "failed")]
    elif spread.key.kind == "refund" and failed is not None:
        news = [
            PaymentRefunded(
                spread.order_id, part.payment_id, part.id, Money(part.amount_minor, part.currency)
            )
            for part in parts
            if part.state == "succeeded"
        ]
        news.append(RefundFailed(spread.order_id, failed.payment_id, id_, code or "failed"))
    elif spread.key.kind == "refund":
        news = [PaymentRefunded(spread.order_id, parts[0].payment_id, id_, spread.amount)]
    await deps.outbox.append(tx, *news)
