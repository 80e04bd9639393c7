"""Bundles that owners hold, in the parts that they had when they were reserved."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from tradewind.ports.database import Transaction


async def add(tx: Transaction, owner_id: UUID, sku: str, quantity: int, parts: Mapping[str, int]) -> None:
    """More of a bundle that the owner holds already keep the parts of the first."""
    await tx.execute(
        """
        INSERT INTO reservation_bundles (owner_id, sku, quantity, parts) VALUES ($1, $2, $3, $4::jsonb)
        ON CONFLICT (owner_id, sku)
            DO UPDATE SET quantity = reservation_bundles.quantity + excluded.quantity
        """,
        owner_id,
        sku,
        quantity,
        msgspec.json.encode(parts).decode(),
    )


async def draw(
    tx: Transaction, owner_id: UUID, sku: str, *, shipped: int = 0, released: int = 0, returned: int = 0
) -> None:
    await tx.execute(
        """
        UPDATE reservation_bundles
        SET shipped = shipped + $3, released = released + $4, returned = returned + $5
        WHERE owner_id = $1 AND sku = $2
        """,
        owner_id,
        sku,
        shipped,
        released,
        returned,
    )


async def release_all(tx: Transaction, owner_ids: list[UUID]) -> None:
    await tx.execute(
        """
        UPDATE reservation_bundles SET released = quantity - shipped
        WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released
        """,
        owner_ids,
    )
