"""Lots and serial numbers: which of them go first. A serial number is a lot of one piece."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain.allocation import Share


@dataclass
class FreeLot:
    lot: str
    free: int


class FreeLots:
    """What is free of each lot, by SKU and warehouse, first expired first. Its stock is locked."""

    def __init__(self, found: dict[tuple[str, str], list[FreeLot]], tracked: Collection[str]) -> None:
        self._found, self._tracked = found, set(tracked)

    def pick(self, shares: Sequence[Share]) -> list[Share]:
        """The same pieces by lot, which are thereby no longer free here."""
        picked: list[Share] = []
        for share in shares:
            if share.sku not in self._tracked:
                picked.append(share)
                continue
            left = share.quantity
            for lot in self._found.get((share.sku, share.warehouse), []):
                quantity = min(left, lot.free)
                if quantity:
                    lot.free -= quantity
                    left -= quantity
                    picked.append(Share(share.sku, share.warehouse, quantity, lot.lot))
            assert left == 0, "what is on hand of a tracked SKU is in lots"
        return picked

    def pick_some(self, sku: str, warehouse: str, quantity: int) -> list[Share]:
        """As many of these pieces as there are."""
        there = sum(lot.free for lot in self._found.get((sku, warehouse), []))
        return self.pick([Share(sku, warehouse, min(quantity, there))]) if there else []


async def lying(connection: Connection, wanted: Sequence[tuple[str, str]]) -> tuple[str, str, str] | None:
    """SKU, serial number and warehouse of the first of these that lies somewhere."""
    if not wanted:
        return None
    row = await connection.row(
        """
        SELECT sku, lot, warehouse FROM lots JOIN unnest($1::text[], $2::text[]) AS wanted (sku, lot) USING (sku, lot)
        WHERE serial AND on_hand + damaged + quality_control > 0 ORDER BY sku, lot LIMIT 1
        """,
        [sku for sku, _ in wanted],
        [lot for _, lot in wanted],
    )
    return None if row is None else (row["sku"], row["lot"], row["warehouse"])


async def free(connection: Connection, tracked: Collection[str], today: date) -> FreeLots:
    """Of these SKUs, which have lots; none that expires today or before."""
    found: dict[tuple[str, str], list[FreeLot]] = {}
    if tracked:
        rows = await connection.fetch(
            """
            SELECT sku, warehouse, lot, on_hand - reserved AS free FROM lots
            WHERE sku = ANY ($1::text[]) AND on_hand > reserved AND (expires_on IS NULL OR expires_on > $2)
            ORDER BY sku, warehouse, expires_on NULLS LAST, created_at, lot
            """,
            list(tracked),
            today,
        )
        for row in rows:
            found.setdefault((row["sku"], row["warehouse"]), []).append(FreeLot(row["lot"], row["free"]))
    return FreeLots(found, tracked)


async def is_known(connection: Connection, sku: str, warehouse: str, lot: str) -> bool:
    """Whether pieces of it were ever there."""
    query = "SELECT FROM lots WHERE sku = $1 AND warehouse = $2 AND lot = $3"
    return await connection.row(query, sku, warehouse, lot) is not None


async def expiry(connection: Connection, sku: str, warehouse: str, lot: str) -> date | None:
    """None also of a lot that is not known."""
    query = "SELECT expires_on FROM lots WHERE sku = $1 AND warehouse = $2 AND lot = $3"
    row = await connection.row(query, sku, warehouse, lot)
    return None if row is None else row["expires_on"]


async def expiries(connection: Connection, skus: Collection[str]) -> dict[tuple[str, str, str], date | None]:
    """By SKU, warehouse and lot, of all that are known."""
    rows = await connection.fetch(
        "SELECT sku, warehouse, lot, expires_on FROM lots WHERE sku = ANY ($1::text[])", list(skus)
    )
    return {(row["sku"], row["warehouse"], row["lot"]): row["expires_on"] for row in rows}


async def set_expiry(
    tx: Transaction,
    sku: str,
    warehouse: str,
    lot: str,
    expires_on: date | None,
    reason: str,
    actor: str,
    now: datetime,
) -> bool:
    """And who said so; False where it is this already, or the lot is not known. Its stock is locked."""
    changed = await tx.execute(
        """
        WITH before AS (
            SELECT sku, warehouse, lot, expires_on FROM lots
            WHERE sku = $1 AND warehouse = $2 AND lot = $3 AND expires_on IS DISTINCT FROM $4::date
        ),
        changed AS (
            UPDATE lots SET expires_on = $4 FROM before
            WHERE lots.sku = before.sku AND lots.warehouse = before.warehouse AND lots.lot = before.lot
        )
        INSERT INTO lot_expiries (sku, warehouse, lot, was, expires_on, reason, actor, at)
        SELECT sku, warehouse, lot, expires_on, $4, $5, $6, $7 FROM before
        """,
        sku,
        warehouse,
        lot,
        expires_on,
        reason,
        actor,
        now,
    )
    return changed > 0


async def date_undated(
    tx: Transaction, days: Mapping[tuple[str, str, str], date], reason: str, actor: str, now: datetime
) -> dict[tuple[str, str, str], date]:
    """Lots without a day get theirs, and it is kept who said so. Answers those that have another, with that. By SKU,
    warehouse and lot; their stock is locked."""
    if not days:
        return {}
    rows = await tx.fetch(
        """
        WITH said AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
                AS line (sku, warehouse, lot, expires_on)
        ),
        other AS (
            SELECT sku, warehouse, lot, lots.expires_on AS was, said.expires_on
            FROM said JOIN lots USING (sku, warehouse, lot)
            WHERE lots.expires_on IS DISTINCT FROM said.expires_on
        ),
        dated AS (
            UPDATE lots SET expires_on = other.expires_on FROM other
            WHERE lots.sku = other.sku AND lots.warehouse = other.warehouse AND lots.lot = other.lot
                AND other.was IS NULL
        ),
        written AS (
            INSERT INTO lot_expiries (sku, warehouse, lot, was, expires_on, reason, actor, at)
            SELECT sku, warehouse, lot, NULL, expires_on, $5, $6, $7 FROM other WHERE was IS NULL
            ORDER BY sku, warehouse, lot
        )
        SELECT sku, warehouse, lot, was FROM other WHERE was IS NOT NULL
        """,
        [sku for sku, _, _ in days],
        [warehouse for _, warehouse, _ in days],
        [lot for _, _, lot in days],
        list(days.values()),
        reason,
        actor,
        now,
    )
    return {(row["sku"], row["warehouse"], row["lot"]): row["was"] for row in rows}


@dataclass(frozen=True)
class Expired:
    """A lot that is over, with what is still on hand of it."""

    sku: str
    warehouse: str
    lot: str
    on_hand: int


async def expired(connection: Connection, tracked: Collection[str], today: date) -> list[Expired]:
    if not tracked:
        return []
    rows = await connection.fetch(
        """
        SELECT sku, warehouse, lot, on_hand FROM lots
        WHERE sku = ANY ($1::text[]) AND expires_on <= $2 AND on_hand > 0 ORDER BY sku, warehouse, lot
        """,
        list(tracked),
        today,
    )
    return [Expired(*row) for row in rows]


async def expired_skus(connection: Connection, today: date, most: int) -> list[str]:
    rows = await connection.fetch(
        "SELECT DISTINCT sku FROM lots WHERE expires_on <= $1 AND on_hand > 0 ORDER BY sku LIMIT $2",
        today,
        most,
    )
    return [row["sku"] for row in rows]


async def holders(tx: Transaction, lot: Expired) -> list[tuple[UUID, int]]:
    """Who holds pieces of this lot, the stock of which is locked, and how many."""
    rows = await tx.fetch(
        """
        SELECT owner_id, quantity - shipped - released FROM allocation_lots
        WHERE sku = $1 AND warehouse = $2 AND lot = $3 AND quantity > shipped + released ORDER BY owner_id
        """,
        lot.sku,
        lot.warehouse,
        lot.lot,
    )
    return [(row[0], row[1]) for row in rows]
