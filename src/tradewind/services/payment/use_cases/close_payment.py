"""Give back what a cancelled payment holds: void what is authorised, refund what was captured."""

from __future__ import annotations

from tradewind.ports.payment_gateway import BankDeclined, Voided
from tradewind.services.payment import queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import (
    INTERNAL_METHODS,
    Holding,
    next_to_close,
)
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
    PaymentKey,
)
from tradewind.services.payment.store import closing, internal, operations
from tradewind.services.payment.store.operations import Wanted
from tradewind.services.payment.use_cases.move_amount import move_amount
from tradewind.services.payment.use_cases.settle_attempt import record_attempt
from tradewind.services.payment.use_cases.settle_operation import settle_operation
from tradewind.services.payment.use_cases.settle_payment import settle_payment


async def close_payment(deps: Deps, key: PaymentKey) -> None:
    """As far as it goes now; where an outcome is open or a step failed, the job comes again."""
    first, most = deps.settings.resolve_first_seconds, deps.settings.resolve_most_seconds
    holding = await closing.claim_closing(deps.db, key, first, most, deps.clock.now())
    while holding is not None:
        if next_to_close(holding) == "nothing":
            await _close(deps, holding)
            return
        await _take_step(deps, holding)
        before, holding = holding, await queries.holding(deps.db, key)
        if holding == before:
            return


async def _close(deps: Deps, holding: Holding) -> None:
    async with deps.db.begin() as tx:
        if await closing.close(tx, holding):
            to_return = await internal.return_rest(tx, holding.key, deps.clock.now())
            if to_return is not None:
                await deps.outbox.append(tx, to_return)


async def _take_step(deps: Deps, holding: Holding) -> None:
    match next_to_close(holding):
        case "resolve":
            await settle_payment(deps, holding.order_id, holding.number)
        case "void":
            await _void(deps, holding)
        case "refund":
            assert holding.currency is not None
            key = OperationKey("refund", deps.clock.new_id())
            await move_amount(
                deps,
                Wanted(
                    key,
                    holding.order_id,
                    holding.refundable_minor,
                    holding.currency,
                    "order_cancelled",
                    holding.number,
                ),
            )


async def _void(deps: Deps, holding: Holding) -> None:
    """A void that fails may mean that it is voided already: after a first try, that is asked."""
    if holding.closing_tries > 1 and holding.method not in INTERNAL_METHODS:
        key_of_attempt = AttemptKey(holding.order_id, holding.attempt, holding.number)
        attempt = await queries.attempt(deps.db, key_of_attempt)
        assert attempt is not None, "a payment that holds something has an attempt"
        found = await deps.gateways.named(attempt.processor).find_authorisation(attempt.sought)
        if isinstance(found, Voided | BankDeclined):
            await record_attempt(deps, attempt, found)
            return
    key = await operations.begin_void(deps.db, holding.key, deps.clock.new_id(), deps.clock.now())
    if key is None:
        await settle_payment(deps, holding.order_id, holding.number)
    else:
        await settle_operation(deps, key)
