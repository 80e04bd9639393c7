"""Until when a lot is sold, as somebody who found pieces of it, or who puts it right, says."""

from __future__ import annotations

from datetime import date

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import Transaction
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.store import holding, lots, policies


async def check_expiry(tx: Transaction, move: Move) -> None:
    """Before it is asked for, or done: then `move_in` dates the lot. Locks the policy, then the stock.

    Raises Invalid(field_not_expected, lot_not_tracked), Conflict(expiry_differs).
    """
    if move.expires_on is None:
        return
    if move.change < 0:
        message = "a lot gets its expiry when pieces of it are found: leave it out"
        raise Invalid("field_not_expected", message, field="expires_on")
    policy = (await policies.lock(tx, [move.sku])).get(move.sku)
    if policy is None or policy.tracking == "none":
        message = f"{move.sku} is not kept by lot, and only lots expire: leave it out"
        raise Invalid("lot_not_tracked", message, field="expires_on")
    await holding.lock_shelves(tx, [move.sku])
    known = await lots.expiry(tx, move.sku, move.warehouse, move.lot) if move.lot is not None else None
    if known is not None and known != move.expires_on:
        raise expiry_differs(move, known, "expires_on")


def expiry_differs(move: Move, known: date, field: str) -> Conflict:
    return Conflict(
        "expiry_differs",
        f"{move.lot} of {move.sku} expires on {known} in {move.warehouse}: leave the day out, "
        "or put it right with PUT /v1/stock/lots/expiry",
        field=field,
        details={"expires_on": known.isoformat()},
    )
