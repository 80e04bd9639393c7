"""Take what is authorised, or a part of it."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.payment import Captured, Declined, Pending, Refused
from tradewind.services.payment.answers import capture_answer
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.use_cases.move_of_order import move_of_order


async def capture_payment(
    deps: Deps, order_id: UUID, capture_id: UUID, amount: Money
) -> Captured | Pending | Refused | Declined:
    moved = await move_of_order(deps, OperationKey("capture", capture_id), order_id, amount, "")
    return moved if isinstance(moved, Refused) else capture_answer(moved)
