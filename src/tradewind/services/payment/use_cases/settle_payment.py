"""Ask about everything of a payment whose outcome is open and that nobody has in hand."""

from __future__ import annotations

from uuid import UUID

from tradewind.services.payment import queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import AttemptKey
from tradewind.services.payment.use_cases.settle_attempt import settle_attempt
from tradewind.services.payment.use_cases.settle_operation import settle_operation


async def settle_payment(deps: Deps, order_id: UUID, number: int | None = None) -> None:
    """Without `number`, of all payments of the order."""
    for key in await queries.open_of_order(deps.db, order_id, number, deps.clock.now()):
        if isinstance(key, AttemptKey):
            await settle_attempt(deps, key)
        else:
            await settle_operation(deps, key)
