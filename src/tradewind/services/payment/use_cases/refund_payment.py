"""Give back what was captured, or a part of it."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import Pending, Refunded, Refused
from tradewind.services.payment.answers import refund_answer
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.use_cases.move_of_order import move_of_order


async def refund_payment(
    deps: Deps, order_id: UUID, refund_id: UUID, amount: Money, reason: str
) -> Refunded | Pending | Refused:
    moved = await move_of_order(deps, OperationKey("refund", refund_id), order_id, amount, reason)
    return moved if isinstance(moved, Refused) else refund_answer(moved)
