"""What owners wait for. Written only under the lock of the SKU's policy (store/policies.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from tradewind.ports.database import Connection, Transaction


@dataclass(frozen=True)
class Promised:
    """Pieces sold beyond what is there. `pickup` is the warehouse that alone may serve them."""

    sku: str
    quantity: int
    kind: Literal["backorder", "preorder"]
    promised_at: datetime | None
    pickup: str | None


@dataclass(frozen=True)
class Queued:
    number: int
    owner_id: UUID
    sku: str
    quantity: int
    pickup: str | None


async def add(tx: Transaction, owner_id: UUID, promises: Sequence[Promised], now: datetime) -> None:
    await tx.execute_many(
        """
        INSERT INTO backorders (owner_id, sku, quantity, kind, pickup, promised_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [(owner_id, p.sku, p.quantity, p.kind, p.pickup, p.promised_at, now) for p in promises],
    )


async def totals(connection: Connection, skus: Collection[str]) -> dict[str, int]:
    """Pieces that are waited for, by SKU."""
    rows = await connection.fetch(
        """
        SELECT sku, sum(quantity - allocated - cancelled)::integer AS waiting FROM backorders
        WHERE sku = ANY ($1::text[]) AND quantity > allocated + cancelled GROUP BY sku
        """,
        list(skus),
    )
    return {row["sku"]: row["waiting"] for row in rows}


async def queue(tx: Transaction, skus: Collection[str]) -> list[Queued]:
    """Who waits for these, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT number, owner_id, sku, quantity - allocated - cancelled, pickup FROM backorders
        WHERE sku = ANY ($1::text[]) AND quantity > allocated + cancelled ORDER BY number
        """,
        list(skus),
    )
    return [Queued(*row) for row in rows]


async def allocate(tx: Transaction, number: int, quantity: int) -> None:
    await tx.execute("UPDATE backorders SET allocated = allocated + $2 WHERE number = $1", number, quantity)


async def cancel(tx: Transaction, number: int, quantity: int) -> None:
    await tx.execute("UPDATE backorders SET cancelled = cancelled + $2 WHERE number = $1", number, quantity)


async def cancel_all(tx: Transaction, owner_ids: Collection[UUID]) -> None:
    """These owners wait no longer."""
    await tx.execute(
        """
        UPDATE backorders SET cancelled = quantity - allocated
        WHERE owner_id = ANY ($1::uuid[]) AND quantity > allocated + cancelled
        """,
        list(owner_ids),
    )


async def pickup_of(connection: Connection, owner_id: UUID) -> str | None:
    """The warehouse at which the owner collects."""
    pickup: str | None = await connection.value(
        "SELECT pickup FROM reservations WHERE owner_id = $1", owner_id
    )
    return pickup
