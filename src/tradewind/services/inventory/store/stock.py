"""What is on hand: received, adjusted by hand, counted. Each change is in the ledger by the same statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tradewind.contracts.inventory import Allocation, Available, Beyond
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain import Cause, Change


@dataclass(frozen=True)
class Refused:
    """A change that would leave less on hand than is reserved, or less than nothing."""

    change: Change
    on_hand: int
    reserved: int


class UnknownWarehouses(Exception):
    """`codes` name no warehouse; nothing was done."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


async def add_missing(tx: Transaction, places: Sequence[tuple[str, str]], now: datetime) -> None:
    """Stock of nothing of each (SKU, warehouse) that has none yet, in the order of the keys. Raises
    UnknownWarehouses."""
    skus, codes = [sku for sku, _ in places], [code for _, code in places]
    known = await tx.fetch("SELECT code FROM warehouses WHERE code = ANY ($1::text[])", sorted(set(codes)))
    unknown = set(codes) - {row["code"] for row in known}
    if unknown:
        raise UnknownWarehouses(sorted(unknown))
    await tx.execute(
        """
        INSERT INTO stock (sku, warehouse, on_hand, updated_at)
        SELECT sku, warehouse, 0, $3 FROM unnest($1::text[], $2::text[]) AS line (sku, warehouse)
        ORDER BY sku, warehouse
        ON CONFLICT DO NOTHING
        """,
        skus,
        codes,
        now,
    )


async def add_everywhere(tx: Transaction, skus: Sequence[str], now: datetime) -> None:
    """Stock of nothing in each active warehouse that has none: what cannot be locked cannot be waited for."""
    if not skus:
        return
    await tx.execute(
        """
        INSERT INTO stock (sku, warehouse, on_hand, updated_at)
        SELECT sku, warehouses.code, 0, $2 FROM unnest($1::text[]) AS wanted (sku), warehouses
        WHERE warehouses.active ORDER BY sku, warehouses.code
        ON CONFLICT DO NOTHING
        """,
        list(skus),
        now,
    )


# Both columns are set from the locked rows: store/reservations.py tells why.
_CHANGE = """
WITH wanted AS (
    SELECT sku, warehouse, quantity
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS line (sku, warehouse, quantity)
),
locked AS (
    SELECT sku, warehouse, on_hand, reserved FROM stock
    WHERE sku IN (SELECT sku FROM wanted)
    ORDER BY sku, warehouse
    FOR NO KEY UPDATE
),
change AS (
    SELECT sku, warehouse, quantity, on_hand, reserved,
        CASE WHEN $4 = 'count' THEN quantity - on_hand ELSE quantity END AS delta
    FROM wanted JOIN locked USING (sku, warehouse)
),
refused AS (
    SELECT sku, warehouse, quantity, on_hand, reserved FROM change WHERE on_hand + delta < reserved
),
moved AS (
    UPDATE stock SET on_hand = change.on_hand + change.delta, reserved = change.reserved, updated_at = $8
    FROM change
    WHERE stock.sku = change.sku AND stock.warehouse = change.warehouse
        AND change.delta <> 0 AND NOT EXISTS (SELECT FROM refused)
    RETURNING stock.sku, stock.warehouse, change.delta
),
written AS (
    INSERT INTO stock_movements
        (sku, warehouse, kind, on_hand_delta, reserved_delta, reason, actor, reference, at)
    SELECT sku, warehouse, $4, delta, 0, $5, $6, $7, $8 FROM moved
)
SELECT true AS done, sku, warehouse, delta AS quantity, 0 AS on_hand, 0 AS reserved FROM moved
UNION ALL SELECT false, sku, warehouse, quantity, on_hand, reserved FROM refused
"""


async def change_on_hand(
    tx: Transaction, changes: Sequence[Change], cause: Cause, now: datetime
) -> tuple[list[Change], list[Refused]]:
    """All of them, answering what changed by how much; or none, answering also which are refused.

    The stock must exist (see `add_missing`). Raises CheckViolation of stock_on_hand_range.
    """
    # Planned for as many lines as there are: a plan for a few would compare thousands pair by pair.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await tx.fetch(
        _CHANGE,
        [change.sku for change in changes],
        [change.warehouse for change in changes],
        [change.quantity for change in changes],
        cause.kind,
        cause.reason,
        cause.actor,
        cause.reference,
        now,
    )
    changed = [Change(row["sku"], row["warehouse"], row["quantity"]) for row in rows if row["done"]]
    refused = [
        Refused(Change(row["sku"], row["warehouse"], row["quantity"]), row["on_hand"], row["reserved"])
        for row in rows
        if not row["done"]
    ]
    return changed, refused


async def available(connection: Connection, skus: Collection[str]) -> list[Available]:
    """What may be promised now from the active warehouses, each SKU once, in the order asked; 0 of an unknown one.
    Of a bundle, as many as its parts make."""
    return [Available(one.sku, one.available) for one in await _available(connection, skus, None)]


async def sellable(connection: Connection, skus: Collection[str], now: datetime) -> list[Available]:
    """The same, with what may be sold beyond it."""
    return await _available(connection, skus, now)


async def _available(connection: Connection, skus: Collection[str], now: datetime | None) -> list[Available]:
    wanted = list(dict.fromkeys(skus))
    # The array is behind a sub-select so that it is planned once, not for each number of SKUs anew; and a row
    # of two arrays is read faster than as many rows.
    row = await connection.row(
        """
        SELECT array_agg(sku), array_agg(available), EXISTS (
            SELECT FROM stock_policies
            WHERE sku = ANY ((SELECT $1::text[])::text[]) AND (bundle OR beyond <> 'none')) AS special
        FROM (
            SELECT sku, sum(available) AS available FROM stock
            WHERE sku = ANY ((SELECT $1::text[])::text[])
                AND warehouse = ANY (ARRAY(SELECT code FROM warehouses WHERE active))
            GROUP BY sku
        ) AS found
        """,
        wanted,
    )
    assert row is not None, "an aggregate has one row"
    found: dict[str, int] = dict(zip(row[0] or (), row[1] or (), strict=True))
    if not row["special"]:
        return [Available(sku, found.get(sku, 0)) for sku in wanted]
    bundles, beyond = await _special(connection, wanted, now)
    found |= bundles
    return [Available(sku, found.get(sku, 0), beyond.get(sku)) for sku in wanted]


async def _special(
    connection: Connection, skus: Sequence[str], now: datetime | None
) -> tuple[dict[str, int], dict[str, Beyond]]:
    """How many bundles their parts make; and what is sold beyond what is there."""
    rows = await connection.fetch(
        """
        SELECT sku, bundle, beyond, CASE WHEN bundle THEN (
                SELECT coalesce(min(coalesce((
                    SELECT sum(stock.available) FROM stock
                    JOIN warehouses ON warehouses.code = stock.warehouse AND warehouses.active
                    WHERE stock.sku = part), 0) / quantity), 0)::integer
                FROM bundle_parts WHERE bundle_parts.bundle = stock_policies.sku) END AS bundles,
            greatest(beyond_limit - (
                SELECT coalesce(sum(quantity - allocated - cancelled), 0) FROM backorders
                WHERE backorders.sku = stock_policies.sku AND quantity > allocated + cancelled), 0)::integer AS left,
            CASE beyond WHEN 'preorder' THEN released_at ELSE expected_at END AS promised_at
        FROM stock_policies WHERE sku = ANY ($1::text[]) AND (bundle OR beyond <> 'none')
        """,
        list(skus),
    )
    bundles = {row["sku"]: row["bundles"] for row in rows if row["bundle"]}
    beyond: dict[str, Beyond] = {}
    for row in rows:
        promised_at = row["promised_at"]
        if now is None or row["bundle"] or not row["left"]:
            continue
        if promised_at is not None and promised_at <= now:
            promised_at = None
        if row["beyond"] == "backorder" or promised_at is not None:
            beyond[row["sku"]] = Beyond(row["beyond"], row["left"], promised_at)
    return bundles, beyond


async def come_from_zero(tx: Transaction, returned: Sequence[Allocation]) -> list[Available]:
    """Which SKUs, their stock locked by this transaction, have something available only since `returned`.

    A statement of its own: it sees warehouses as they are now, not as when the wait for the locks began.
    """
    rows = await tx.fetch(
        """
        WITH line AS (
            SELECT sku, warehouse, quantity
            FROM unnest((SELECT $1::text[]), (SELECT $2::text[]), (SELECT $3::integer[]))
                AS line (sku, warehouse, quantity)
        )
        SELECT stock.sku, sum(stock.available) AS available
        FROM (SELECT DISTINCT sku FROM line) AS returned
        JOIN stock USING (sku)
        JOIN warehouses ON warehouses.code = stock.warehouse AND warehouses.active
        LEFT JOIN line ON line.sku = stock.sku AND line.warehouse = stock.warehouse
        GROUP BY stock.sku
        HAVING sum(stock.available) > 0
            AND sum(stock.available) = sum(coalesce(line.quantity, 0))
        ORDER BY stock.sku
        """,
        [allocation.sku for allocation in returned],
        [allocation.warehouse for allocation in returned],
        [allocation.quantity for allocation in returned],
    )
    return [Available(row["sku"], row["available"]) for row in rows]
