"""A purchase: all that was authorised is captured at once, and what parcels are worth is taken of that."""

from __future__ import annotations

from uuid import uuid5

from tradewind.contracts.payment import Refused
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import OPEN_OPERATION
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.store import expiry
from tradewind.services.payment.store.expiry import Held
from tradewind.services.payment.store.operations import Wanted
from tradewind.services.payment.use_cases.move_amount import move_amount


async def purchase_payment(deps: Deps, held: Held) -> None:
    """Safe to repeat: the capture is named after the payment. Where it fails, parcels are captured as ever."""
    key = OperationKey("capture", uuid5(held.payment_id, "purchase"))
    amount_minor = held.left_minor + held.capturing_minor
    if amount_minor <= 0:
        await expiry.purchased(deps.db, held)
        return
    wanted = Wanted(key, held.order_id, amount_minor, held.currency, "purchase", held.number, asked_minor=0)
    moved = await move_amount(deps, wanted)
    if isinstance(moved, Refused) or moved.state not in OPEN_OPERATION:
        await expiry.purchased(deps.db, held)
