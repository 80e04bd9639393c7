"""Writes to cycle counts. The count's row is locked first, then stock as reservations.py says, then bins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.shapes.counts import CountPlan
from tradewind.services.inventory.store.bins import Shift

Key = tuple[str, str]  # SKU and lot; "" of what is not kept by lot


@dataclass(frozen=True)
class Header:
    """Without a `zone` it is of the whole warehouse."""

    number: str
    warehouse: str
    zone: str | None
    tolerance_pieces: int
    tolerance_basis_points: int


@dataclass(frozen=True)
class Chosen:
    """What a plan says in `words`, with what is not counted of it."""

    words: str
    lines: list[Key]
    skus_left: int
    tracked_left_out: int


@dataclass(frozen=True)
class Line:
    sku: str
    lot: str
    state: str
    attempts: int


@dataclass(frozen=True)
class Counted:
    """One line counted: how it is against what the ledger said at that moment, and what follows."""

    sku: str
    lot: str
    counted: int
    expected: int
    state: str


async def insert(
    tx: Transaction, count_id: UUID, number: str, plan: CountPlan, chosen: Chosen, actor: str, now: datetime
) -> None:
    await tx.execute(
        """
        INSERT INTO cycle_counts (count_id, number, warehouse, state, version, plan, zone, skus_left,
            tracked_left_out, tolerance_pieces, tolerance_basis_points, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, 'planned', 1, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        """,
        count_id,
        number,
        plan.warehouse,
        chosen.words,
        plan.zone,
        chosen.skus_left,
        chosen.tracked_left_out,
        plan.tolerance_pieces,
        plan.tolerance_basis_points,
        actor,
        now,
    )
    await add_lines(tx, count_id, dict.fromkeys(chosen.lines))


async def add_lines(tx: Transaction, count_id: UUID, expiries: Mapping[Key, date | None]) -> None:
    """Open ones, with when a lot expires that was found."""
    if not expiries:
        return
    await tx.execute(
        """
        INSERT INTO cycle_count_lines (count_id, sku, lot, expires_on, state)
        SELECT $1, sku, lot, expires_on, 'open'
        FROM unnest($2::text[], $3::text[], $4::date[]) AS line (sku, lot, expires_on)
        """,
        count_id,
        [sku for sku, _ in expiries],
        [lot for _, lot in expiries],
        list(expiries.values()),
    )


async def header(tx: Transaction, count_id: UUID) -> Header:
    """Of a count that the caller has locked."""
    row = await tx.row(
        """
        SELECT number, warehouse, zone, tolerance_pieces, tolerance_basis_points
        FROM cycle_counts WHERE count_id = $1
        """,
        count_id,
    )
    assert row is not None, "the caller holds it"
    return Header(*row)


async def lines(connection: Connection, count_id: UUID) -> dict[Key, Line]:
    rows = await connection.fetch(
        """
        SELECT sku, lot, state, attempts FROM cycle_count_lines WHERE count_id = $1 ORDER BY sku, lot
        """,
        count_id,
    )
    return {(row["sku"], row["lot"]): Line(*row) for row in rows}


async def lock_expected(
    tx: Transaction, header: Header, wanted: Collection[Key], tracked: Collection[str], at: datetime
) -> Mapping[Key, int]:
    """What the ledger says was there at `at`, in the zone's bins or on hand; of those `tracked` by lot. Later
    movements are taken off what is there now, whose stock is locked: nothing comes between."""
    skus = sorted({sku for sku, _ in wanted})
    await tx.execute(
        "SELECT FROM stock WHERE sku = ANY ($1::text[]) ORDER BY sku, warehouse FOR NO KEY UPDATE", skus
    )
    # A statement of its own: it sees what was written by those that the locks waited for.
    if header.zone is None:
        there = await _on_hand(tx, header.warehouse, skus, tracked, at)
    else:
        there = await _in_zone(tx, header.warehouse, header.zone, sorted(set(skus) - set(tracked)), at)
    return {key: there.get(key, 0) for key in wanted}


async def _on_hand(
    tx: Transaction, warehouse: str, skus: Sequence[str], tracked: Collection[str], at: datetime
) -> dict[Key, int]:
    rows = await tx.fetch(
        """
        WITH present AS (
            SELECT sku, '' AS lot, on_hand FROM stock
            WHERE warehouse = $1 AND sku = ANY ($2::text[]) AND sku <> ALL ($3::text[])
            UNION ALL
            SELECT sku, lot, on_hand FROM lots WHERE warehouse = $1 AND sku = ANY ($3::text[])
        ), later AS (
            SELECT sku, CASE WHEN sku = ANY ($3::text[]) THEN coalesce(lot, '') ELSE '' END AS lot,
                sum(on_hand_delta) AS delta
            FROM stock_movements WHERE warehouse = $1 AND sku = ANY ($2::text[]) AND at > $4 GROUP BY 1, 2
        )
        SELECT sku, lot, (on_hand - coalesce(delta, 0))::integer AS there FROM present LEFT JOIN later USING (sku, lot)
        """,
        warehouse,
        list(skus),
        list(tracked),
        at,
    )
    return {(row["sku"], row["lot"]): row["there"] for row in rows}


async def _in_zone(
    tx: Transaction, warehouse: str, zone: str, skus: Sequence[str], at: datetime
) -> dict[Key, int]:
    rows = await tx.fetch(
        """
        WITH later AS (
            SELECT sku, bin, sum(delta) AS delta FROM bin_movements
            WHERE warehouse = $1 AND sku = ANY ($3::text[]) AND at > $4 GROUP BY sku, bin
        )
        SELECT sku, sum(quantity - coalesce(delta, 0))::integer AS there
        FROM bin_stock JOIN bins ON bins.warehouse = bin_stock.warehouse AND bins.code = bin_stock.bin
        LEFT JOIN later USING (sku, bin)
        WHERE bin_stock.warehouse = $1 AND bins.zone = $2 AND sku = ANY ($3::text[]) GROUP BY sku
        """,
        warehouse,
        zone,
        list(skus),
        at,
    )
    return {(row["sku"], ""): row["there"] for row in rows}


async def differences(tx: Transaction, count_id: UUID, warehouse: str) -> list[Move]:
    """A lot that is known keeps its expiry."""
    rows = await tx.fetch(
        """
        SELECT line.sku, line.lot, difference, CASE WHEN lots.lot IS NULL THEN line.expires_on END AS expires_on
        FROM cycle_count_lines AS line
        LEFT JOIN lots ON lots.sku = line.sku AND lots.warehouse = $2 AND lots.lot = line.lot
        WHERE count_id = $1 AND difference <> 0 ORDER BY line.sku, line.lot
        """,
        count_id,
        warehouse,
    )
    return [
        Move(
            row["sku"],
            warehouse,
            on_hand=row["difference"],
            lot=row["lot"] or None,
            expires_on=row["expires_on"],
        )
        for row in rows
    ]


async def shifts_in_zone(
    tx: Transaction, warehouse: str, zone: str, differences: Mapping[str, int]
) -> list[Shift]:
    """What is missing leaves the zone's bins along the picker's path, as far as they hold it by now; what was found
    lies in the first that holds the SKU, else in the first. The stock is locked."""
    rows = await tx.fetch(
        """
        SELECT sku, bin, quantity FROM bin_stock
        JOIN bins ON bins.warehouse = bin_stock.warehouse AND bins.code = bin_stock.bin
        WHERE bin_stock.warehouse = $1 AND bins.zone = $2 AND sku = ANY ($3::text[]) AND quantity > 0
        ORDER BY sku, bins.position, bins.code
        """,
        warehouse,
        zone,
        list(differences),
    )
    first: str | None = await tx.value(
        "SELECT code FROM bins WHERE warehouse = $1 AND zone = $2 AND active ORDER BY position, code LIMIT 1",
        warehouse,
        zone,
    )
    shifts = []
    for sku, difference in sorted(differences.items()):
        held = [(row["bin"], row["quantity"]) for row in rows if row["sku"] == sku]
        if difference > 0:
            bin = held[0][0] if held else first
            shifts += [Shift(sku, bin, difference)] if bin else []
            continue
        left = -difference
        for bin, quantity in held:
            if left:
                shifts.append(Shift(sku, bin, -min(left, quantity)))
                left -= min(left, quantity)
    return shifts


async def tally(
    tx: Transaction, count_id: UUID, counted: Sequence[Counted], actor: str, at: datetime
) -> None:
    await tx.execute(
        """
        WITH line AS (
            SELECT * FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[])
                AS line (sku, lot, counted, expected, state)
        ), changed AS (
            UPDATE cycle_count_lines AS known SET state = line.state, attempts = attempts + 1,
                counted = line.counted, expected = line.expected, difference = line.counted - line.expected,
                counted_by = $7, counted_at = $8
            FROM line WHERE known.count_id = $1 AND known.sku = line.sku AND known.lot = line.lot
            RETURNING known.sku, known.lot, known.attempts, known.counted, known.expected
        )
        INSERT INTO cycle_count_tallies (count_id, sku, lot, attempt, counted, expected, counted_by, counted_at)
        SELECT $1, sku, lot, attempts, counted, expected, $7, $8 FROM changed
        """,
        count_id,
        [one.sku for one in counted],
        [one.lot for one in counted],
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
