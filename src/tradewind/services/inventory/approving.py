"""Adjustments above a value, or of more than some pieces, need a second person; so does what is written off."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.arriving import send_off
from tradewind.services.inventory.dating import check_expiry
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import ALONE, move_in, not_there
from tradewind.services.inventory.shapes.adjustments import AdjustmentDraft, AdjustmentRequest
from tradewind.services.inventory.store import adjustments
from tradewind.services.inventory.store.adjustments import Value

BELOW_LIMIT = "below the limit"


def is_limited(deps: Deps) -> bool:
    return bool(deps.settings.approval_above_minor or deps.settings.approval_above_pieces)


def needs_approval(deps: Deps, quantity: int, value: Value | None) -> bool:
    """The limit of pieces counts where no cost is known, too; a limit of 0 is none."""
    most, pieces = deps.settings.approval_above_minor, deps.settings.approval_above_pieces
    if value is not None and most and value.amount_minor > most:
        return True
    return bool(pieces) and abs(quantity) > pieces


async def refuse_above_limit(deps: Deps, connection: Connection, sku: str, quantity: int) -> None:
    """Raises Conflict(approval_needed). Free where no limit is set."""
    if not is_limited(deps):
        return
    if needs_approval(deps, quantity, await adjustments.value_of(connection, sku, quantity)):
        message = "this is above what one person adjusts: ask for it with POST /v1/adjustment-requests"
        raise Conflict("approval_needed", message, field="quantity")


def move_of(asked: AdjustmentDraft | AdjustmentRequest) -> Move:
    pieces = {asked.from_state: asked.quantity}
    return Move(
        asked.sku,
        asked.warehouse,
        on_hand=pieces.get("on_hand", 0),
        damaged=pieces.get("damaged", 0),
        quality_control=pieces.get("quality_control", 0),
        lot=asked.lot,
        expires_on=asked.expires_on,
    )


async def apply(
    deps: Deps, tx: Transaction, asked: AdjustmentDraft | AdjustmentRequest, actor: str, now: datetime
) -> None:
    """Raises Conflict(not_available) where fewer are there that nobody was promised, Conflict(not_there) where fewer
    are in their state; of a SKU with lots also Conflict(serial_exists, expiry_differs)."""
    change = move_of(asked)
    kind = "adjust" if asked.from_state == "on_hand" else "write_off"
    cause = Cause(kind, asked.reason, actor, asked.reference)
    await check_expiry(tx, change)
    if kind == "write_off":
        short = await move_in(deps, tx, [change], cause, now, ALONE)
        if short:
            raise not_there(asked.from_state, short[-1])
        return
    try:
        await send_off(deps, tx, [change], cause, now, ALONE, keep_safety=False)
    except Conflict as refused:
        if refused.code != "not_available":
            raise
        assert refused.details is not None, "it says what is short"
        free = refused.details["short"][0]["available"]
        of_lot = "" if asked.lot is None else f", lot {asked.lot},"
        message = (
            f"{-asked.quantity} of {asked.sku}{of_lot} cannot be taken out of {asked.warehouse}: {free} are there "
            "that nobody was promised"
        )
        field = "quantity" if isinstance(asked, AdjustmentDraft) else None
        details = {**refused.details, "sku": asked.sku, "available": free}
        raise Conflict("not_available", message, field=field, details=details) from refused
