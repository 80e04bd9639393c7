"""Reserved pieces leave the warehouse."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.inventory import NotReserved, Shipped, StockLine
from tradewind.kernel.errors import Conflict
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Parcel, summed
from tradewind.services.inventory.store import reservations, shipments
from tradewind.services.inventory.store.shipments import ShippedBefore


async def ship_stock(
    deps: Deps, owner_id: UUID, shipment_id: UUID, lines: list[StockLine]
) -> Shipped | NotReserved:
    """All lines or nothing, out of what the owner holds; nearest warehouses by their priority first.

    Keyed by `shipment_id`: a repeat answers the first. Raises Conflict for a shipment of another owner.
    """
    parcel = Parcel(owner_id, shipment_id, summed(lines))
    try:
        return await _ship(deps, parcel)
    except ShippedBefore:
        return await _answer_again(deps, parcel)


async def _ship(deps: Deps, parcel: Parcel) -> Shipped | NotReserved:
    async with deps.db.begin() as tx:
        # Also where the owner has no row: shipments of the same id are then told by the statement itself.
        await reservations.lock(tx, parcel.owner_id)
        return await shipments.ship(tx, parcel, deps.clock.now())


async def _answer_again(deps: Deps, parcel: Parcel) -> Shipped:
    before = await shipments.shipped_before(deps.db, parcel.shipment_id)
    assert before is not None, "shipments are never deleted"
    owner_id, shipped = before
    if owner_id != parcel.owner_id:
        raise Conflict(
            "shipment_of_another",
            "this shipment_id was used for another owner: use a new one for each shipment",
            field="shipment_id",
        )
    return shipped
