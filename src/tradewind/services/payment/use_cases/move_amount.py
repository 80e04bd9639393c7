"""Capture or refund an amount of one payment: what both have in common."""

from __future__ import annotations

from datetime import timedelta

from tradewind.contracts.common import Money
from tradewind.contracts.payment import Refused
from tradewind.kernel.errors import Unavailable
from tradewind.services.payment import queries
from tradewind.services.payment.answers import refusal_to_move, unacceptable
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    Holding,
    Operation,
)
from tradewind.services.payment.references import PaymentKey
from tradewind.services.payment.store import operations
from tradewind.services.payment.store.operations import Wanted
from tradewind.services.payment.use_cases.settle_operation import send_operation, settle_operation
from tradewind.services.payment.use_cases.settle_payment import settle_payment


async def move_amount(deps: Deps, wanted: Wanted) -> Operation | Refused:
    """Reserve the amount and commit the intent, call the processor, commit the outcome; or answer what became
    of the same operation before. An earlier one of unknown outcome is asked about first (ARCHITECTURE, rule 5).

    Raises Unavailable where that one stays unknown: nothing was begun, and the call may be repeated.
    """
    amount = Money(wanted.amount_minor, wanted.currency)
    wrong = unacceptable(amount)
    if wrong is not None:
        return wrong
    done = await begin_or_tell(deps, wanted)
    if done is not None:
        return done
    await settle_payment(deps, wanted.order_id, wanted.number)
    done = await begin_or_tell(deps, wanted)
    if done is not None:
        return done
    await refuse_while_unknown(deps, wanted)
    done = await begin_or_tell(deps, wanted)  # what stood against it may have come to its end just now
    if done is not None:
        return done
    return refusal_to_move(wanted.key.kind, amount, await _holding(deps, wanted))


async def begin_or_tell(deps: Deps, wanted: Wanted) -> Operation | Refused | None:
    """None where it was neither begun now nor before."""
    now = deps.clock.now()
    leased_until = now + timedelta(seconds=deps.settings.lease_seconds)
    operation = await operations.begin_move(deps.db, wanted, leased_until=leased_until, now=now)
    if operation is not None:
        return await send_operation(deps, operation)
    known = await queries.operation(deps.db, wanted.key)
    if known is None:
        return None
    if (known.order_id, known.wanted_minor, known.currency) != (
        wanted.order_id,
        wanted.wanted_minor,
        wanted.currency,
    ):
        kind = wanted.key.kind
        return Refused(f"{kind}_id_reused", f"this id belongs to another {kind}: use a new one")
    return await settle_operation(deps, wanted.key)


async def refuse_while_unknown(deps: Deps, wanted: Wanted) -> None:
    """Raises Unavailable."""
    if await queries.has_unknown_operation(deps.db, wanted.order_id, wanted.number):
        raise Unavailable(
            "earlier_operation_unresolved",
            "what became of an earlier operation on this payment is being asked of the processor",
            retry_after_seconds=5,
        )


async def _holding(deps: Deps, wanted: Wanted) -> Holding | None:
    if wanted.number is not None:
        return await queries.holding(deps.db, PaymentKey(wanted.order_id, wanted.number))
    found = await queries.holdings(deps.db, wanted.order_id)
    return found[0] if found else await queries.holding(deps.db, PaymentKey(wanted.order_id, 1))
