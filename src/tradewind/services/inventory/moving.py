"""Stock moves: the one way in for whatever receives, returns, damages, counts or transfers it.

A use case calls `move_in` in its own transaction. Whoever waits for what becomes available is served there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from tradewind.contracts.inventory import StockChanged
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import CheckViolation, Transaction, UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import LARGEST_ON_HAND, Cause, Change
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.store import holding, policies, states, stock
from tradewind.services.inventory.store.policies import Policy
from tradewind.services.inventory.store.states import Shortage
from tradewind.services.inventory.waiting import serve_waiting


async def move_in(
    deps: Deps, tx: Transaction, moves: Sequence[Move], cause: Cause, now: datetime
) -> list[Shortage]:
    """All of them, or none and where there is too little; then those who wait are served, and others are told.

    Locks policies, then stock, SKUs in order; a reservation's row must be locked before (store/reservations.py).
    Raises UnknownWarehouses; Invalid(lot_required, lot_not_tracked); Conflict(serial_exists);
    CheckViolation of stock_on_hand_range or stock_states_range for more than fits.
    """
    skus = sorted({move.sku for move in moves})
    known = await policies.lock(tx, skus)
    _check_lots(moves, known)
    await stock.add_missing(tx, [Change(move.sku, move.warehouse, 0) for move in moves], now)
    await holding.lock_shelves(tx, skus)
    serials = [sku for sku, policy in known.items() if policy.tracking == "serial"]
    try:
        await states.add_missing_lots(tx, moves, serials, now)
        short = await states.move(tx, moves, cause, now)
    except (UniqueViolation, CheckViolation) as violation:
        if violation.constraint not in ("lots_serial_in_one_place", "lots_serial_is_one_piece"):
            raise
        raise Conflict(
            "serial_exists", "a piece with this serial number is in stock already: each is in one place"
        ) from violation
    if not short:
        await settle(deps, tx, skus, now)
    return short


async def settle(deps: Deps, tx: Transaction, skus: Collection[str], now: datetime) -> None:
    """What has become available goes to those who wait first; then others are told what is left."""
    await serve_waiting(deps, tx, skus, now)
    await tell_changed(deps, tx, skus)


async def tell_changed(deps: Deps, tx: Transaction, skus: Collection[str]) -> None:
    """What is available of these now, and of the bundles that they are parts of."""
    bundles = await policies.bundles_of(tx, skus)
    left = await stock.available(tx, sorted({*skus, *bundles}))
    await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))


def _check_lots(moves: Sequence[Move], known: dict[str, Policy]) -> None:
    for index, move in enumerate(moves):
        if not move.pieces:
            continue
        tracked = move.sku in known and known[move.sku].tracking != "none"
        if tracked and move.lot is None:
            raise Invalid(
                "lot_required",
                f"{move.sku} is kept by lot or serial number: say which",
                field=f"lines[{index}].lot",
            )
        if not tracked and move.lot is not None:
            raise Invalid(
                "lot_not_tracked",
                f"{move.sku} is not kept by lot: leave the lot out, or set its policy first",
                field=f"lines[{index}].lot",
            )


def too_large(violation: CheckViolation, field: str) -> Exception:
    """What to answer where more would lie there than the books can hold."""
    if violation.constraint not in ("stock_on_hand_range", "stock_states_range"):
        return violation
    return Conflict("on_hand_too_large", f"at most {LARGEST_ON_HAND} can be on hand", field=field)
