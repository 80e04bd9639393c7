"""Adjustments above a value, or of more than some pieces, need a second person."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.arriving import send_off
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.shapes import Adjustment
from tradewind.services.inventory.shapes.adjustments import AdjustmentDraft, AdjustmentRequest
from tradewind.services.inventory.store import adjustments
from tradewind.services.inventory.store.adjustments import Value

BELOW_LIMIT = "below the limit"


def needs_approval(deps: Deps, quantity: int, value: Value | None) -> bool:
    """The limit of pieces counts where no cost is known, too; a limit of 0 is none."""
    most, pieces = deps.settings.approval_above_minor, deps.settings.approval_above_pieces
    if value is not None and most and value.amount_minor > most:
        return True
    return bool(pieces) and abs(quantity) > pieces


async def refuse_above_limit(deps: Deps, connection: Connection, command: Adjustment) -> None:
    """Raises Conflict(approval_needed). Free where no limit is set."""
    if not (deps.settings.approval_above_minor or deps.settings.approval_above_pieces):
        return
    value = await adjustments.value_of(connection, command.sku, command.quantity)
    if needs_approval(deps, command.quantity, value):
        message = "this is above what one person adjusts: ask for it with POST /v1/adjustment-requests"
        raise Conflict("approval_needed", message, field="quantity")


async def apply(
    deps: Deps, tx: Transaction, asked: AdjustmentDraft | AdjustmentRequest, actor: str, now: datetime
) -> None:
    """Raises Conflict(not_available) where fewer are there that nobody was promised."""
    change = Move(asked.sku, asked.warehouse, on_hand=asked.quantity)
    cause = Cause("adjust", asked.reason, actor, asked.reference)
    try:
        await send_off(deps, tx, [change], cause, now, keep_safety=False)
    except Conflict as refused:
        if refused.code != "not_available":
            raise
        assert refused.details is not None, "it says what is short"
        free = refused.details["short"][0]["available"]
        message = (
            f"{-asked.quantity} of {asked.sku} cannot be taken out of {asked.warehouse}: {free} are there that "
            "nobody was promised"
        )
        field = "quantity" if isinstance(asked, AdjustmentDraft) else None
        details = {**refused.details, "sku": asked.sku, "available": free}
        raise Conflict("not_available", message, field=field, details=details) from refused
