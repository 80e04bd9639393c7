"""Writes to zones, bins and what lies in them. The stock's row is locked first, then bins: the sum of a SKU's bins
never exceeds what is on hand (see the trigger of 0003 for what leaves without being picked)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.inventory.shapes.bins import BinChange, ZoneChange


@dataclass(frozen=True)
class BinRow:
    active: bool
    capacity: int | None
    pieces: int


async def put_zone(tx: Transaction, warehouse: str, code: str, zone: ZoneChange, now: datetime) -> None:
    """Raises ForeignKeyViolation for a warehouse that does not exist."""
    await tx.execute(
        """
        INSERT INTO zones (warehouse, code, name, position, updated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (warehouse, code) DO UPDATE SET name = $3, position = $4, updated_at = $5
        """,
        warehouse,
        code,
        zone.name,
        zone.position,
        now,
    )


async def put_bin(tx: Transaction, warehouse: str, code: str, bin: BinChange, now: datetime) -> None:
    """Raises ForeignKeyViolation for a zone that does not exist."""
    await tx.execute(
        """
        INSERT INTO bins (warehouse, code, zone, kind, position, capacity, active, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (warehouse, code) DO UPDATE
        SET zone = $3, kind = $4, position = $5, capacity = $6, active = $7, updated_at = $8
        """,
        warehouse,
        code,
        bin.zone,
        bin.kind,
        bin.position,
        bin.capacity,
        bin.active,
        now,
    )


async def lock_unplaced(tx: Transaction, warehouse: str, sku: str) -> int:
    """How many of what is on hand are in no bin. The stock stays as it is until the transaction ends."""
    on_hand = await tx.value(
        "SELECT on_hand FROM stock WHERE sku = $2 AND warehouse = $1 FOR NO KEY UPDATE", warehouse, sku
    )
    placed = await tx.value(
        "SELECT coalesce(sum(quantity), 0)::integer FROM bin_stock WHERE warehouse = $1 AND sku = $2",
        warehouse,
        sku,
    )
    return int(on_hand or 0) - int(placed)


async def lock_bin(tx: Transaction, warehouse: str, code: str) -> BinRow | None:
    """With the pieces in it, which only who locks it adds to."""
    row = await tx.row(
        "SELECT active, capacity FROM bins WHERE warehouse = $1 AND code = $2 FOR NO KEY UPDATE",
        warehouse,
        code,
    )
    if row is None:
        return None
    pieces = await tx.value(
        "SELECT coalesce(sum(quantity), 0)::integer FROM bin_stock WHERE warehouse = $1 AND bin = $2",
        warehouse,
        code,
    )
    return BinRow(row["active"], row["capacity"], pieces)


@dataclass(frozen=True)
class Shift:
    """So many pieces of a SKU more, or fewer, in a bin."""

    sku: str
    bin: str
    delta: int


async def shift(
    tx: Transaction,
    warehouse: str,
    shifts: Sequence[Shift],
    kind: str,
    actor: str,
    reference: str,
    now: datetime,
) -> bool:
    """All of them; False, and nothing is to be kept of it, where a bin holds fewer than are to leave it."""
    for one in shifts:
        if one.delta < 0:
            changed = await tx.execute(
                """
                UPDATE bin_stock SET quantity = quantity + $4
                WHERE warehouse = $1 AND sku = $2 AND bin = $3 AND quantity + $4 >= 0
                """,
                warehouse,
                one.sku,
                one.bin,
                one.delta,
            )
            if not changed:
                return False
        else:
            await tx.execute(
                """
                INSERT INTO bin_stock (warehouse, sku, bin, quantity) VALUES ($1, $2, $3, $4)
                ON CONFLICT (warehouse, sku, bin) DO UPDATE SET quantity = bin_stock.quantity + $4
                """,
                warehouse,
                one.sku,
                one.bin,
                one.delta,
            )
    await tx.execute_many(
        """
        INSERT INTO bin_movements (warehouse, sku, bin, kind, delta, actor, reference, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [(warehouse, one.sku, one.bin, kind, one.delta, actor, reference, now) for one in shifts],
    )
    return True


async def add_tasks(
    tx: Transaction, tasks: Sequence[tuple[UUID, str, str, int]], reference: str, now: datetime
) -> None:
    """(id, warehouse, sku, pieces): put-away work, in the warehouses that have bins."""
    await tx.execute(
        """
        INSERT INTO put_away_tasks (task_id, warehouse, sku, quantity, reference, state, created_at, updated_at)
        SELECT task_id, warehouse, sku, quantity, $5, 'open', $6, $6
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS task (task_id, warehouse, sku, quantity)
        WHERE EXISTS (SELECT FROM bins WHERE bins.warehouse = task.warehouse AND bins.active)
        """,
        [task[0] for task in tasks],
        [task[1] for task in tasks],
        [task[2] for task in tasks],
        [task[3] for task in tasks],
        reference,
        now,
    )


@dataclass(frozen=True)
class Task:
    warehouse: str
    sku: str
    quantity: int
    placed: int
    reference: str
    state: str


async def lock_task(tx: Transaction, task_id: UUID) -> Task | None:
    row = await tx.row(
        """
        SELECT warehouse, sku, quantity, placed, reference, state FROM put_away_tasks
        WHERE task_id = $1 FOR NO KEY UPDATE
        """,
        task_id,
    )
    return None if row is None else Task(*row)


async def place_of_task(tx: Transaction, task_id: UUID, pieces: int, now: datetime) -> None:
    await tx.execute(
        """
        UPDATE put_away_tasks SET placed = placed + $2, updated_at = $3,
            state = CASE WHEN placed + $2 = quantity THEN 'done' ELSE state END
        WHERE task_id = $1
        """,
        task_id,
        pieces,
        now,
    )


async def cancel_task(tx: Transaction, task_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE put_away_tasks SET state = 'cancelled', updated_at = $2 WHERE task_id = $1", task_id, now
    )
