"""What an owner holds, waits for and was shipped: read while its reservation's row is locked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.inventory import Allocation, Backordered
from tradewind.ports.database import Connection
from tradewind.services.inventory.domain.allocation import Share


@dataclass(frozen=True)
class Waiting:
    number: int
    sku: str
    quantity: int
    promised_at: datetime | None


@dataclass
class HeldBundle:
    """`parts`: pieces of each in one, as it was when it was reserved."""

    sku: str
    parts: dict[str, int]
    open: int
    out: int  # shipped and not returned


@dataclass
class Holding:
    """`shares` are open, the least preferred warehouse and the longest lasting lot first."""

    shares: list[Share] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)  # youngest first
    bundles: dict[str, HeldBundle] = field(default_factory=dict)

    def open(self) -> Counter[str]:
        """Pieces that are held or waited for, by SKU; parts of bundles are pieces like others."""
        found: Counter[str] = Counter()
        for share in self.shares:
            found[share.sku] += share.quantity
        for waiting in self.waiting:
            found[waiting.sku] += waiting.quantity
        return found

    def bound(self) -> Counter[str]:
        """Pieces that belong to bundles which the owner still holds."""
        found: Counter[str] = Counter()
        for bundle in self.bundles.values():
            for part, pieces in bundle.parts.items():
                found[part] += pieces * bundle.open
        return found

    def allocations(self) -> list[Allocation]:
        found: Counter[tuple[str, str]] = Counter()
        for share in self.shares:
            found[share.sku, share.warehouse] += share.quantity
        return [Allocation(*place, quantity) for place, quantity in sorted(found.items())]

    def backordered(self) -> list[Backordered]:
        found: dict[str, Backordered] = {}
        for row in sorted(self.waiting, key=lambda waiting: waiting.number):
            earlier = found.get(row.sku)
            quantity = row.quantity + (earlier.quantity if earlier else 0)
            found[row.sku] = Backordered(row.sku, quantity, row.promised_at)
        return [found[sku] for sku in sorted(found)]


async def load(connection: Connection, owner_id: UUID) -> Holding:
    shares = await connection.fetch(
        """
        SELECT allocations.sku, allocations.warehouse, allocation_lots.lot,
            coalesce(
                allocation_lots.quantity - allocation_lots.shipped - allocation_lots.released,
                allocations.quantity - allocations.shipped - allocations.released) AS open
        FROM allocations
        JOIN warehouses ON warehouses.code = allocations.warehouse
        LEFT JOIN allocation_lots USING (owner_id, sku, warehouse)
        LEFT JOIN lots USING (sku, warehouse, lot)
        WHERE allocations.owner_id = $1
        ORDER BY warehouses.priority DESC, allocations.warehouse DESC, lots.expires_on DESC NULLS FIRST,
            allocation_lots.lot DESC
        """,
        owner_id,
    )
    waiting = await connection.fetch(
        """
        SELECT number, sku, quantity - allocated - cancelled AS open, promised_at FROM backorders
        WHERE owner_id = $1 AND quantity > allocated + cancelled ORDER BY number DESC
        """,
        owner_id,
    )
    bundles = await connection.fetch(
        """
        SELECT sku, parts, quantity - shipped - released AS open, shipped - returned AS out
        FROM reservation_bundles WHERE owner_id = $1 ORDER BY sku
        """,
        owner_id,
    )
    return Holding(
        [Share(row["sku"], row["warehouse"], row["open"], row["lot"]) for row in shares if row["open"]],
        [Waiting(row["number"], row["sku"], row["open"], row["promised_at"]) for row in waiting],
        {
            row["sku"]: HeldBundle(
                row["sku"],
                msgspec.json.decode(row["parts"], type=dict[str, int]),
                row["open"],
                row["out"],
            )
            for row in bundles
        },
    )


async def skus_of(connection: Connection, owner_ids: list[UUID]) -> list[str]:
    """What these owners hold pieces of."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT sku FROM allocations WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released
        ORDER BY sku
        """,
        owner_ids,
    )
    return [row["sku"] for row in rows]
