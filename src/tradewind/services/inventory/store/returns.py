"""What came back of what owners were shipped. Written under the lock of the owner's reservation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.contracts.inventory import ReturnedPiece
from tradewind.ports.database import Connection, Transaction


@dataclass(frozen=True)
class Out:
    """Pieces of a SKU (of a lot) that an owner was shipped and that have not come back."""

    sku: str
    lot: str | None
    quantity: int


async def kept(connection: Connection, return_id: UUID) -> tuple[UUID, str] | None:
    """Whose return it was, and the answer, as JSON."""
    row = await connection.row("SELECT owner_id, answer FROM returns WHERE return_id = $1", return_id)
    return None if row is None else (row["owner_id"], row["answer"])


async def out(tx: Transaction, owner_id: UUID) -> list[Out]:
    """By SKU and lot, what was shipped first coming first; last of all a piece that lies in stock by its number."""
    rows = await tx.fetch(
        """
        WITH shipped AS (
            SELECT lines.sku, lots.lot, min(shipments.at) AS at,
                sum(coalesce(lots.quantity, lines.quantity))::integer AS quantity
            FROM shipments
            JOIN shipment_lines AS lines USING (shipment_id)
            LEFT JOIN shipment_lots AS lots USING (shipment_id, sku, warehouse)
            WHERE shipments.owner_id = $1
            GROUP BY lines.sku, lots.lot
        ), back AS (
            SELECT sku, nullif(lot, '') AS lot, sum(quantity)::integer AS quantity
            FROM return_lines WHERE owner_id = $1 GROUP BY sku, lot
        )
        SELECT shipped.sku, shipped.lot, shipped.quantity - coalesce(back.quantity, 0) AS out
        FROM shipped LEFT JOIN back ON back.sku = shipped.sku AND back.lot IS NOT DISTINCT FROM shipped.lot
        WHERE shipped.quantity > coalesce(back.quantity, 0)
        ORDER BY shipped.sku, EXISTS (
                SELECT FROM lots WHERE lots.sku = shipped.sku AND lots.lot = shipped.lot
                    AND lots.serial AND lots.on_hand + lots.damaged + lots.quality_control > 0),
            shipped.at, shipped.lot
        """,
        owner_id,
    )
    return [Out(*row) for row in rows]


async def keep(
    tx: Transaction,
    return_id: UUID,
    owner_id: UUID,
    pieces: Sequence[ReturnedPiece],
    answer: bytes,
    now: datetime,
) -> None:
    """Raises UniqueViolation of returns_pkey when it was kept for another owner meanwhile."""
    await tx.execute(
        "INSERT INTO returns (return_id, owner_id, answer, at) VALUES ($1, $2, $3::jsonb, $4)",
        return_id,
        owner_id,
        answer.decode(),
        now,
    )
    await tx.execute_many(
        """
        INSERT INTO return_lines (return_id, owner_id, sku, warehouse, condition, lot, quantity)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (return_id, sku, warehouse, condition, lot)
            DO UPDATE SET quantity = return_lines.quantity + excluded.quantity
        """,
        [(return_id, owner_id, p.sku, p.warehouse, p.condition, p.lot or "", p.quantity) for p in pieces],
    )
