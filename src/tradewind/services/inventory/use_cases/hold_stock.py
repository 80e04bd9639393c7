"""Staff, or a program with an API key, hold stock for somebody for a while."""

from __future__ import annotations

from datetime import timedelta

from tradewind.contracts.inventory import OutOfStock, StockLine
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Claim, summed
from tradewind.services.inventory.shapes import Hold, Reservation
from tradewind.services.inventory.store.reservations import AskedBefore
from tradewind.services.inventory.use_cases.reserve_stock import reserve_in


async def hold_stock(deps: Deps, command: Hold, actor: str, once: Once) -> Reservation:
    """Once an `owner_id`: the same hold again is answered as it stands.

    Raises Conflict: out_of_stock with what is short, in which case nothing is remembered; reservation_closed;
    reservation_exists for another hold of the same owner.
    """
    lines = [StockLine(line.sku, line.quantity) for line in command.lines]
    owner_id = command.owner_id or deps.clock.new_id()
    expires_at = deps.clock.now() + timedelta(seconds=command.expires_in_seconds)
    claim = Claim(owner_id, summed(lines), expires_at, actor)
    try:
        return await _hold(deps, claim, once)
    except AskedBefore:
        return await _answer_again(deps, claim, once)


async def _hold(deps: Deps, claim: Claim, once: Once) -> Reservation:
    async with deps.db.begin() as tx:
        outcome = await reserve_in(deps, tx, claim)
        if isinstance(outcome, OutOfStock):
            raise _out_of_stock(outcome.short)
        return await once.answer(tx, await queries.reservation(tx, claim.owner_id))


async def _answer_again(deps: Deps, claim: Claim, once: Once) -> Reservation:
    async with deps.db.begin() as tx:
        known = await queries.reservation(tx, claim.owner_id)
        if known.state == "closed":
            raise Conflict(
                "reservation_closed",
                "this owner's reservation has ended: use a new owner_id",
                field="owner_id",
            )
        if await queries.asked(tx, claim.owner_id) != claim.wanted:
            raise Conflict(
                "reservation_exists",
                "this owner holds something else: release it and use a new owner_id",
                field="owner_id",
            )
        return await once.answer(tx, known)


def _out_of_stock(short: list[StockLine]) -> Conflict:
    words = ", ".join(f"{line.sku} ({line.quantity} available)" for line in short)
    return Conflict(
        "out_of_stock",
        f"nothing was held; not enough of {words}",
        field="lines",
        details={"short": [{"sku": line.sku, "available": line.quantity} for line in short]},
    )
