"""How pieces come in from elsewhere and go off: deliveries of purchase orders, transfers, corrections. On top of
moving.py, which serves those who wait and tells others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tradewind.kernel.errors import Conflict
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move, places
from tradewind.services.inventory.moving import LINES, InputWords, move_in
from tradewind.services.inventory.store import bins, holding, policies, states


async def take_in(
    deps: Deps,
    tx: Transaction,
    arrived: Sequence[Move],
    cause: Cause,
    now: datetime,
    words: InputWords = LINES,
) -> None:
    """Good pieces go to those who wait, then are for sale, and are to be put away where there are bins.

    Raises CheckViolation of stock_on_hand_range or stock_states_range, and what move_in does of lots.
    """
    if not arrived:
        return
    short = await move_in(deps, tx, arrived, cause, now, words)
    assert not short, "nothing leaves"
    tasks = [(deps.clock.new_id(), one.warehouse, one.sku, one.on_hand) for one in arrived if one.on_hand > 0]
    await bins.add_tasks(tx, tasks, cause.reference, now)


async def send_off(
    deps: Deps,
    tx: Transaction,
    leaving: Sequence[Move],
    cause: Cause,
    now: datetime,
    words: InputWords = LINES,
    *,
    keep_safety: bool,
) -> None:
    """Or come, where a correction adds. With `keep_safety`, safety stock does not leave either.

    Raises Conflict(not_available) where fewer can leave: then nothing does.
    """
    if not leaving:
        return
    skus = sorted({move.sku for move in leaving})
    await policies.lock(tx, skus)
    await holding.open_shelves(tx, places(leaving), now)
    free = await _free(tx, skus, keep_safety=keep_safety)
    wanted: dict[tuple[str, str], int] = {}
    for move in leaving:
        if move.on_hand < 0:
            wanted[move.sku, move.warehouse] = wanted.get((move.sku, move.warehouse), 0) - move.on_hand
    short = {
        place: max(free.get(place, 0), 0) for place, pieces in wanted.items() if free.get(place, 0) < pieces
    }
    if not short:
        refused = await move_in(deps, tx, leaving, cause, now, words)
        short = {(one.sku, one.warehouse): one.on_hand - one.reserved for one in refused}
    if short:
        where = ", ".join(
            f"{sku} ({left} in {warehouse})" for (sku, warehouse), left in sorted(short.items())
        )
        details = {"short": [{"sku": sku, "available": left} for (sku, _), left in sorted(short.items())]}
        message = f"nothing was moved; not enough of {where}"
        raise Conflict("not_available", message, field="lines", details=details)


async def _free(tx: Transaction, skus: Sequence[str], *, keep_safety: bool) -> dict[tuple[str, str], int]:
    """Also where a warehouse is not active. The stock is locked."""
    rows = await tx.fetch(
        """
        SELECT sku, warehouse, CASE WHEN $2 THEN available ELSE on_hand - reserved END AS free
        FROM stock WHERE sku = ANY ($1::text[])
        """,
        list(skus),
        keep_safety,
    )
    return {(row["sku"], row["warehouse"]): row["free"] for row in rows}


async def expect(tx: Transaction, expected: Sequence[Move], cause: Cause, now: datetime) -> None:
    """More is on its way, or with fewer `incoming`, less than was thought. Nobody is told: nothing is for sale."""
    if not expected:
        return
    skus = sorted({move.sku for move in expected})
    await policies.lock(tx, skus)
    await holding.open_shelves(tx, places(expected), now)
    short = await states.move(tx, expected, cause, now)
    assert not short, "what is expected is the sum of what was sent and ordered"


def too_many(what: str) -> Conflict:
    return Conflict("on_hand_too_large", f"{what}: more than a warehouse can hold", field="lines")
