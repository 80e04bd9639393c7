"""Stock moves: the one way in for whatever receives, returns, damages, counts or transfers it.

A use case calls `move_in` in its own transaction. Whoever waits for what becomes available is served there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tradewind.contracts.inventory import StockChanged
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import CheckViolation, Transaction, UniqueViolation
from tradewind.services.inventory.dating import expiry_differs
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import LARGEST_ON_HAND, Cause
from tradewind.services.inventory.domain.movements import Move, places, said_days
from tradewind.services.inventory.store import holding, lots, policies, states, stock
from tradewind.services.inventory.store.policies import Policy
from tradewind.services.inventory.store.states import Shortage
from tradewind.services.inventory.waiting import serve_waiting


@dataclass(frozen=True)
class InputWords:
    """What the caller's input calls the move of an index, with a full stop where one follows, its pieces, and what
    says when its lot expires."""

    line: Callable[[int], str]
    pieces: str = "quantity"
    day: str = "expires_on"


LINES: Final = InputWords("lines[{}].".format)
ALONE: Final = InputWords(lambda _: "")  # an input of one move


async def move_in(
    deps: Deps,
    tx: Transaction,
    moves: Sequence[Move],
    cause: Cause,
    now: datetime,
    words: InputWords = LINES,
) -> list[Shortage]:
    """All of them, or none and where there is too little; then those who wait are served, and others are told.

    `words` is how the caller's input names the moves. Locks policies, then stock, SKUs in order; a reservation's
    row must be locked before (store/reservations.py).
    Raises UnknownWarehouses; Invalid(lot_required, lot_not_tracked, serial_one_piece);
    Conflict(serial_exists, expiry_differs);
    CheckViolation of stock_on_hand_range or stock_states_range for more than fits.
    """
    skus = sorted({move.sku for move in moves})
    known = await policies.lock(tx, skus)
    check_lots(moves, known, words)
    await holding.open_shelves(tx, places(moves), now)
    serials = [sku for sku, policy in known.items() if policy.tracking == "serial"]
    try:
        await states.add_missing_lots(tx, moves, serials, now)
        await _check_serials(tx, moves, set(serials), words)
        await _date_lots(tx, moves, cause, now, words)
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


async def _check_serials(
    tx: Transaction, moves: Sequence[Move], serials: set[str], words: InputWords
) -> None:
    """None comes in that lies somewhere. Their stock is locked. What goes out and in at once, the index looks at."""
    leaving = {(move.sku, move.lot) for move in moves if move.change < 0}
    coming = {
        (move.sku, move.lot): index
        for index, move in enumerate(moves)
        if move.sku in serials and move.lot is not None and move.change > 0
    }
    here = await lots.lying(tx, [(sku, lot) for sku, lot in coming if lot and (sku, lot) not in leaving])
    if here is not None:
        sku, lot, warehouse = here
        raise Conflict(
            "serial_exists",
            f"the piece {lot} of {sku} lies in {warehouse} already: each is in one place",
            field=f"{words.line(coming[sku, lot])}lot",
            details={"sku": sku, "lot": lot, "warehouse": warehouse},
        )


async def _date_lots(
    tx: Transaction, moves: Sequence[Move], cause: Cause, now: datetime, words: InputWords
) -> None:
    """New lots have their day; those that are known and have none get it. Their stock is locked."""
    reason = cause.reason or f"delivery {cause.reference}"
    other = await lots.date_undated(tx, said_days(moves), reason, cause.actor, now)
    for index, move in enumerate(moves):
        known = other.get((move.sku, move.warehouse, move.lot or ""))
        if known is not None and move.expires_on not in (None, known):
            raise expiry_differs(move, known, f"{words.line(index)}{words.day}")


async def settle(deps: Deps, tx: Transaction, skus: Collection[str], now: datetime) -> None:
    """What has become available goes to those who wait first; then others are told what is left."""
    await serve_waiting(deps, tx, skus, now)
    await tell_changed(deps, tx, skus)


async def tell_changed(deps: Deps, tx: Transaction, skus: Collection[str]) -> None:
    """What is available of these now, and of the bundles that they are parts of."""
    bundles = await policies.bundles_of(tx, skus)
    left = await stock.available(tx, sorted({*skus, *bundles}))
    await deps.outbox.append(tx, *(StockChanged(line.sku, line.available) for line in left))


def check_lots(moves: Sequence[Move], known: dict[str, Policy], words: InputWords) -> None:
    """Raises Invalid(lot_required, lot_not_tracked, serial_one_piece)."""
    for index, move in enumerate(moves):
        if not move.pieces:
            continue
        tracked = move.sku in known and known[move.sku].tracking != "none"
        if tracked and move.lot is None:
            raise lot_required(move.sku, f"{words.line(index)}lot")
        if not tracked and move.lot is not None:
            raise Invalid(
                "lot_not_tracked",
                f"{move.sku} is not kept by lot: leave the lot out, or set its policy first",
                field=f"{words.line(index)}lot",
            )
        if tracked and known[move.sku].tracking == "serial" and abs(move.change) > 1:
            raise serial_one_piece(move.sku, f"{words.line(index)}{words.pieces}")


def lot_required(sku: str, field: str) -> Invalid:
    return Invalid("lot_required", f"{sku} is kept by lot or serial number: say which", field=field)


def serial_one_piece(sku: str, field: str) -> Invalid:
    message = f"a serial number is of one piece: name each piece of {sku} by its own"
    return Invalid("serial_one_piece", message, field=field)


def not_there(state: str, short: Shortage) -> Conflict:
    there = short.damaged if state == "damaged" else short.quality_control
    return Conflict(
        "not_there",
        f"{there} are in this state: at most so many can leave it",
        field="quantity",
        details={"there": there},
    )


def too_large(violation: CheckViolation, field: str) -> Exception:
    """What to answer where more would lie there than the books can hold."""
    if violation.constraint not in ("stock_on_hand_range", "stock_states_range"):
        return violation
    return Conflict("on_hand_too_large", f"at most {LARGEST_ON_HAND} can be on hand", field=field)
