"""Writes to cycle counts. The count's row is locked first, then stock as reservations.py says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes.counts import CountPlan


@dataclass(frozen=True)
class Header:
    number: str
    warehouse: str
    tolerance_pieces: int
    tolerance_basis_points: int


@dataclass(frozen=True)
class Line:
    sku: str
    state: str
    attempts: int
    difference: int | None


@dataclass(frozen=True)
class Counted:
    """One SKU counted: how it is against what the ledger said at that moment, and what follows."""

    sku: str
    counted: int
    expected: int
    state: str


async def insert(
    tx: Transaction,
    count_id: UUID,
    number: str,
    plan: CountPlan,
    words: str,
    skus: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    await tx.execute(
        """
        INSERT INTO cycle_counts (count_id, number, warehouse, state, version, plan, tolerance_pieces,
            tolerance_basis_points, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, 'planned', 1, $4, $5, $6, $7, $8, $8)
        """,
        count_id,
        number,
        plan.warehouse,
        words,
        plan.tolerance_pieces,
        plan.tolerance_basis_points,
        actor,
        now,
    )
    await tx.execute(
        """
        INSERT INTO cycle_count_lines (count_id, sku, state)
        SELECT $1, sku, 'open' FROM unnest($2::text[]) AS line (sku)
        """,
        count_id,
        list(skus),
    )


async def header(tx: Transaction, count_id: UUID) -> Header:
    """Of a count that the caller has locked."""
    row = await tx.row(
        """
        SELECT number, warehouse, tolerance_pieces, tolerance_basis_points FROM cycle_counts WHERE count_id = $1
        """,
        count_id,
    )
    assert row is not None, "the caller holds it"
    return Header(*row)


async def lines(connection: Connection, count_id: UUID) -> dict[str, Line]:
    rows = await connection.fetch(
        "SELECT sku, state, attempts, difference FROM cycle_count_lines WHERE count_id = $1 ORDER BY sku",
        count_id,
    )
    return {row["sku"]: Line(*row) for row in rows}


async def lock_on_hand(
    tx: Transaction, warehouse: str, skus: Sequence[str], at: datetime
) -> Mapping[str, int]:
    """What the ledger says was on hand at `at`. Later movements are taken off what is there now, whose stock is
    locked: nothing comes between."""
    rows = await tx.fetch(
        """
        WITH locked AS (
            SELECT sku, warehouse, on_hand FROM stock WHERE sku = ANY ($2::text[])
            ORDER BY sku, warehouse FOR NO KEY UPDATE
        )
        SELECT sku, on_hand FROM locked WHERE warehouse = $1
        """,
        warehouse,
        list(skus),
    )
    # A statement of its own: it sees what was written by those that the locks waited for.
    later = await tx.fetch(
        """
        SELECT sku, sum(on_hand_delta)::integer AS delta FROM stock_movements
        WHERE warehouse = $1 AND sku = ANY ($2::text[]) AND at > $3 GROUP BY sku
        """,
        warehouse,
        list(skus),
        at,
    )
    since = {row["sku"]: row["delta"] for row in later}
    now = {row["sku"]: row["on_hand"] for row in rows}
    return {sku: now.get(sku, 0) - since.get(sku, 0) for sku in skus}


async def tally(
    tx: Transaction, count_id: UUID, counted: Sequence[Counted], actor: str, at: datetime
) -> None:
    await tx.execute(
        """
        WITH line AS (
            SELECT * FROM unnest($2::text[], $3::integer[], $4::integer[], $5::text[])
                AS line (sku, counted, expected, state)
        ), changed AS (
            UPDATE cycle_count_lines AS known SET state = line.state, attempts = attempts + 1,
                counted = line.counted, expected = line.expected, difference = line.counted - line.expected,
                counted_by = $6, counted_at = $7
            FROM line WHERE known.count_id = $1 AND known.sku = line.sku
            RETURNING known.sku, known.attempts, known.counted, known.expected
        )
        INSERT INTO cycle_count_tallies (count_id, sku, attempt, counted, expected, counted_by, counted_at)
        SELECT $1, sku, attempts, counted, expected, $6, $7 FROM changed
        """,
        count_id,
        [one.sku for one in counted],
        [one.counted for one in counted],
        [one.expected for one in counted],
        [one.state for one in counted],
        actor,
        at,
    )


async def reopen(tx: Transaction, count_id: UUID, skus: Sequence[str]) -> None:
    await tx.execute(
        "UPDATE cycle_count_lines SET state = 'recount' WHERE count_id = $1 AND sku = ANY ($2::text[])",
        count_id,
        list(skus),
    )


async def has_counted(connection: Connection, count_id: UUID, actor: str) -> bool:
    return bool(
        await connection.value(
            "SELECT EXISTS (SELECT FROM cycle_count_tallies WHERE count_id = $1 AND counted_by = $2)",
            count_id,
            actor,
        )
    )
