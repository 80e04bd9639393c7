"""Staff say what became of pieces: damaged, repaired, held for quality, released, written off."""

from __future__ import annotations

from typing import Final

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.inventory import queries
from tradewind.services.inventory.approving import refuse_above_limit
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import ALONE, move_in, not_there, too_large
from tradewind.services.inventory.shapes import StockLevel
from tradewind.services.inventory.shapes.policies import MoveInput
from tradewind.services.inventory.store.states import Shortage
from tradewind.services.inventory.store.stock import UnknownWarehouses
from tradewind.services.inventory.use_cases.adjust_stock import below_reserved, unknown_warehouse

# By kind: where the pieces may come from, the usual first, and where they go.
WAYS: Final[dict[str, tuple[tuple[str, ...], str | None]]] = {
    "damage": (("on_hand", "quality_control"), "damaged"),
    "repair": (("damaged",), "on_hand"),
    "quality_hold": (("on_hand", "damaged"), "quality_control"),
    "quality_release": (("quality_control",), "on_hand"),
    "write_off": (("on_hand", "damaged", "quality_control"), None),
}


async def move_stock(deps: Deps, command: MoveInput, actor: str, once: Once) -> StockLevel:
    """Raises Invalid(from_state_invalid, warehouse_unknown, lot_required, lot_not_tracked); Conflict(below_reserved)
    where they are reserved, Conflict(not_there) where fewer are in that state, Conflict(approval_needed) where more are
    written off than one person may."""
    sources, target = WAYS[command.kind]
    source = command.from_state or sources[0]
    if source not in sources:
        raise Invalid(
            "from_state_invalid", f"{command.kind} takes from {' or '.join(sources)}", field="from_state"
        )
    if command.kind == "write_off":
        await refuse_above_limit(deps, deps.db, command.sku, command.quantity)
    deltas = {source: -command.quantity} | ({target: command.quantity} if target else {})
    move = Move(
        command.sku,
        command.warehouse,
        on_hand=deltas.get("on_hand", 0),
        damaged=deltas.get("damaged", 0),
        quality_control=deltas.get("quality_control", 0),
        lot=command.lot,
    )
    cause = Cause(command.kind, command.reason, actor, command.reference)
    try:
        async with deps.db.begin() as tx:
            short = await move_in(deps, tx, [move], cause, deps.clock.now(), ALONE)
            if short:
                raise _too_few(source, short[-1])
            level = await queries.stock_level(tx, command.sku, command.warehouse)
            return await once.answer(tx, level)
    except UnknownWarehouses as unknown:
        raise unknown_warehouse(command.warehouse, "warehouse") from unknown
    except CheckViolation as violation:
        raise too_large(violation, "quantity") from violation


def _too_few(source: str, short: Shortage) -> Conflict:
    return below_reserved(short) if source == "on_hand" else not_there(source, short)
