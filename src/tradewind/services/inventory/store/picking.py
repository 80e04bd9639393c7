"""Writes to pick lists. The list's row is locked first, then stock and bins; who plans holds the warehouse's row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction


@dataclass(frozen=True)
class Need:
    """What an order still has to be picked of a SKU here."""

    owner_id: UUID
    sku: str
    quantity: int
    created_at: datetime


@dataclass(frozen=True)
class Spot:
    """What is free of a SKU in a bin: not on another list already."""

    sku: str
    bin: str
    free: int


@dataclass(frozen=True)
class Planned:
    owner_id: UUID
    sku: str
    bin: str | None
    quantity: int
    parcelled: int = 0  # pieces of the SKU that are in parcels of the order already


async def lock_warehouse(tx: Transaction, code: str) -> bool:
    """Plans of one warehouse are serial: two must not want the same pieces. False for one that does not exist."""
    return bool(await tx.value("SELECT true FROM warehouses WHERE code = $1 FOR NO KEY UPDATE", code))


# Holds that end by themselves are nobody's order yet. What was listed and what was shipped may be the same pieces.
# Nothing of a pre-order is listed before its release, nor of what is in a bundle with it.
_NEEDS = """
WITH unreleased AS (
    SELECT sku FROM stock_policies WHERE beyond = 'preorder' AND released_at > $6
), needed AS (
    SELECT allocations.owner_id, allocations.sku, reservations.created_at, least(
        quantity - shipped - released,
        quantity - released - greatest(coalesce(listed.pieces, 0), shipped)) AS quantity
    FROM reservations
    JOIN allocations ON allocations.owner_id = reservations.owner_id AND allocations.warehouse = $1
    CROSS JOIN LATERAL (
        SELECT sum(CASE WHEN list.state IN ('open', 'picking') AND picked + short = 0
            THEN line.quantity ELSE picked END)::integer AS pieces
        FROM pick_lines AS line JOIN pick_lists AS list USING (pick_list_id)
        WHERE line.owner_id = allocations.owner_id AND line.sku = allocations.sku
            AND list.warehouse = $1 AND list.state <> 'cancelled'
    ) AS listed
    WHERE reservations.state = 'held' AND expires_at IS NULL AND quantity > shipped + released
        AND ($2::uuid[] IS NULL OR reservations.owner_id = ANY ($2::uuid[]))
        AND ($4::timestamptz IS NULL OR (reservations.created_at, reservations.owner_id) > ($4, $5::uuid))
        AND allocations.sku NOT IN (SELECT sku FROM unreleased)
        AND NOT EXISTS (
            SELECT FROM reservation_bundles AS bundle JOIN unreleased ON bundle.parts ? unreleased.sku
            WHERE bundle.owner_id = allocations.owner_id AND bundle.parts ? allocations.sku
                AND bundle.quantity > bundle.shipped + bundle.released)
), chosen AS (
    SELECT owner_id FROM needed WHERE quantity > 0
    GROUP BY owner_id, created_at ORDER BY created_at, owner_id LIMIT $3
)
SELECT owner_id, sku, quantity, needed.created_at FROM needed JOIN chosen USING (owner_id)
WHERE quantity > 0 ORDER BY needed.created_at, owner_id, sku
"""


async def needs(
    connection: Connection,
    warehouse: str,
    owner_ids: Sequence[UUID] | None,
    most: int,
    now: datetime,
    after: Need | None = None,
) -> list[Need]:
    """What owners hold here, is released, and no list has, whether it may leave or not. Oldest first, of `most`
    owners."""
    asked = None if owner_ids is None else list(owner_ids)
    seen = (None, None) if after is None else (after.created_at, after.owner_id)
    rows = await connection.fetch(_NEEDS, warehouse, asked, most, *seen, now)
    return [Need(*row) for row in rows]


async def unreleased(
    connection: Connection, owner_ids: Sequence[UUID], now: datetime
) -> list[tuple[str, datetime]]:
    """What these owners hold of pre-orders that are still to be released, and when that is."""
    rows = await connection.fetch(
        """
        SELECT sku, released_at FROM stock_policies
        WHERE beyond = 'preorder' AND released_at > $2 AND sku IN (
            SELECT sku FROM allocations WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released)
        ORDER BY sku
        """,
        list(owner_ids),
        now,
    )
    return [(row["sku"], row["released_at"]) for row in rows]


async def listings(
    connection: Connection, owner_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], list[tuple[int, int]]]:
    """By owner and SKU, in every warehouse and the oldest first: pieces that were listed (once picked, those), and
    how many were in parcels then."""
    rows = await connection.fetch(
        """
        SELECT line.owner_id, line.sku, line.parcelled, CASE
            WHEN list.state IN ('open', 'picking') AND picked + short = 0 THEN line.quantity ELSE picked END AS pieces
        FROM pick_lines AS line JOIN pick_lists AS list USING (pick_list_id)
        WHERE line.owner_id = ANY ($1::uuid[]) AND list.state <> 'cancelled'
        ORDER BY list.created_at, list.pick_list_id, line.position
        """,
        list(owner_ids),
    )
    found: dict[tuple[UUID, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        found[row["owner_id"], row["sku"]].append((row["pieces"], row["parcelled"]))
    return found


async def bundles_of(
    connection: Connection, owner_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], dict[str, int]]:
    """By owner and SKU of the bundle, its parts as they were reserved."""
    rows = await connection.fetch(
        "SELECT owner_id, sku, parts::text FROM reservation_bundles WHERE owner_id = ANY ($1::uuid[])",
        list(owner_ids),
    )
    decode = msgspec.json.Decoder(dict[str, int]).decode
    return {(row["owner_id"], row["sku"]): decode(row["parts"]) for row in rows}


async def spots(tx: Transaction, warehouse: str, skus: Sequence[str]) -> list[Spot]:
    """Along the path; picking bins before bulk, none of quarantine."""
    rows = await tx.fetch(
        """
        WITH planned AS (
            SELECT line.sku, line.bin, sum(line.quantity)::integer AS pieces
            FROM pick_lines AS line JOIN pick_lists AS list USING (pick_list_id)
            WHERE list.warehouse = $1 AND list.state IN ('open', 'picking') AND picked + short = 0
                AND line.bin IS NOT NULL
            GROUP BY line.sku, line.bin
        )
        SELECT lying.sku, lying.bin, lying.quantity - coalesce(planned.pieces, 0) AS free
        FROM bin_stock AS lying
        JOIN bins ON bins.warehouse = lying.warehouse AND bins.code = lying.bin AND bins.kind <> 'quarantine'
        JOIN zones ON zones.warehouse = bins.warehouse AND zones.code = bins.zone
        LEFT JOIN planned ON planned.sku = lying.sku AND planned.bin = lying.bin
        WHERE lying.warehouse = $1 AND lying.sku = ANY ($2::text[])
            AND lying.quantity > coalesce(planned.pieces, 0)
        ORDER BY bins.kind = 'bulk', zones.position, zones.code, bins.position, bins.code
        """,
        warehouse,
        list(skus),
    )
    return [Spot(*row) for row in rows]


async def insert(
    tx: Transaction,
    pick_list_id: UUID,
    number: str,
    warehouse: str,
    planned: Sequence[Planned],
    actor: str,
    now: datetime,
) -> None:
    """Its lines get their positions along the path."""
    await tx.execute(
        """
        INSERT INTO pick_lists (pick_list_id, number, warehouse, state, version, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, 'open', 1, $4, $5, $5)
        """,
        pick_list_id,
        number,
        warehouse,
        actor,
        now,
    )
    await tx.execute(
        """
        INSERT INTO pick_lines (pick_list_id, position, owner_id, sku, bin, quantity, parcelled)
        SELECT $1, row_number() OVER (
                ORDER BY zones.position NULLS LAST, zones.code, bins.position, bins.code, line.sku, line.owner_id),
            line.owner_id, line.sku, line.bin, line.quantity, line.parcelled
        FROM unnest($3::uuid[], $4::text[], $5::text[], $6::integer[], $7::integer[])
            AS line (owner_id, sku, bin, quantity, parcelled)
        LEFT JOIN bins ON bins.warehouse = $2 AND bins.code = line.bin
        LEFT JOIN zones ON zones.warehouse = $2 AND zones.code = bins.zone
        """,
        pick_list_id,
        warehouse,
        [one.owner_id for one in planned],
        [one.sku for one in planned],
        [one.bin for one in planned],
        [one.quantity for one in planned],
        [one.parcelled for one in planned],
    )


@dataclass(frozen=True)
class Line:
    position: int
    owner_id: UUID
    sku: str
    bin: str | None
    quantity: int
    picked: int
    short: int
    packed: bool
    parcelled: int

    @property
    def done(self) -> bool:
        return self.picked + self.short == self.quantity


async def lines(connection: Connection, pick_list_id: UUID) -> dict[int, Line]:
    """By position."""
    rows = await connection.fetch(
        """
        SELECT position, owner_id, sku, bin, quantity, picked, short, packed, parcelled FROM pick_lines
        WHERE pick_list_id = $1 ORDER BY position
        """,
        pick_list_id,
    )
    return {row["position"]: Line(*row) for row in rows}


async def warehouse_of(tx: Transaction, pick_list_id: UUID) -> tuple[str, str]:
    """Number and warehouse of a list that the caller has locked."""
    row = await tx.row("SELECT number, warehouse FROM pick_lists WHERE pick_list_id = $1", pick_list_id)
    assert row is not None, "the caller holds it"
    return row["number"], row["warehouse"]


async def still_wanted(
    tx: Transaction, warehouse: str, owner_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], int]:
    """Pieces that these owners still hold here."""
    rows = await tx.fetch(
        """
        SELECT owner_id, sku, quantity - shipped - released AS open FROM allocations
        WHERE warehouse = $1 AND owner_id = ANY ($2::uuid[])
        """,
        warehouse,
        list(owner_ids),
    )
    return {(row["owner_id"], row["sku"]): row["open"] for row in rows}


async def record(
    tx: Transaction, pick_list_id: UUID, positions: Sequence[int], picked: Sequence[int]
) -> None:
    await tx.execute(
        """
        UPDATE pick_lines SET picked = line.picked, short = quantity - line.picked
        FROM unnest($2::integer[], $3::integer[]) AS line (position, picked)
        WHERE pick_list_id = $1 AND pick_lines.position = line.position
        """,
        pick_list_id,
        list(positions),
        list(picked),
    )


async def mark_packed(tx: Transaction, pick_list_id: UUID, owner_id: UUID) -> None:
    await tx.execute(
        "UPDATE pick_lines SET packed = true WHERE pick_list_id = $1 AND owner_id = $2 AND picked > 0",
        pick_list_id,
        owner_id,
    )
