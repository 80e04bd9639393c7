"""Capture or refund an amount: what both have in common."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import Refused
from tradewind.kernel.errors import Unavailable
from tradewind.services.payment import queries
from tradewind.services.payment.answers import refusal_to_move, unacceptable
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import Operation, OperationKey
from tradewind.services.payment.store import operations
from tradewind.services.payment.use_cases.settle_operation import send_operation, settle_operation
from tradewind.services.payment.use_cases.settle_payment import settle_payment

LONGEST_REASON = 500


async def move_amount(
    deps: Deps, key: OperationKey, order_id: UUID, amount: Money, reason: str
) -> Operation | Refused:
    """Reserve the amount and commit the intent, call the processor, commit the outcome; or answer what became
    of the same operation before. An earlier one of unknown outcome is asked about first (ARCHITECTURE, rule 5).

    Raises Unavailable where that one stays unknown: nothing was begun, and the call may be repeated.
    """
    wrong = unacceptable(amount)
    if wrong is not None:
        return wrong
    operation = await _begin(deps, key, order_id, amount, reason)
    if operation is not None:
        return await send_operation(deps, operation)
    known = await _known(deps, key, order_id, amount)
    if known is not None:
        return known
    await settle_payment(deps, order_id)
    operation = await _begin(deps, key, order_id, amount, reason)
    if operation is not None:
        return await send_operation(deps, operation)
    known = await _known(deps, key, order_id, amount)
    if known is not None:
        return known
    if await queries.has_unknown_operation(deps.db, order_id):
        raise Unavailable(
            "earlier_operation_unresolved",
            "what became of an earlier operation on this payment is being asked of the processor",
            retry_after_seconds=5,
        )
    return refusal_to_move(key.kind, amount, await queries.holding(deps.db, order_id))


async def _begin(
    deps: Deps, key: OperationKey, order_id: UUID, amount: Money, reason: str
) -> Operation | None:
    now = deps.clock.now()
    return await operations.begin_move(
        deps.db,
        key,
        order_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        reason=reason[:LONGEST_REASON],
        leased_until=now + timedelta(seconds=deps.settings.lease_seconds),
        now=now,
    )


async def _known(deps: Deps, key: OperationKey, order_id: UUID, amount: Money) -> Operation | Refused | None:
    known = await queries.operation(deps.db, key)
    if known is None:
        return None
    if (known.order_id, known.amount_minor, known.currency) != (
        order_id,
        amount.amount_minor,
        amount.currency,
    ):
        return Refused(f"{key.kind}_id_reused", f"this id belongs to another {key.kind}: use a new one")
    return await settle_operation(deps, key)
