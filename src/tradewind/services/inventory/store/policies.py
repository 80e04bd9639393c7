"""What makes a SKU special: lots, sale beyond what is there, bundles.

The row of a SKU's policy is the lock of everything that a policy governs. It comes after a reservation's
own row and before stock (store/reservations.py), SKUs in order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes.policies import PolicyInput

Tracking = Literal["none", "lot", "serial"]
SellBeyond = Literal["none", "backorder", "preorder"]


@dataclass(frozen=True)
class Policy:
    """`parts` of a bundle: pieces of each in one."""

    sku: str
    tracking: Tracking
    beyond: SellBeyond
    beyond_limit: int
    expected_at: datetime | None
    released_at: datetime | None
    parts: dict[str, int]

    def promised(self, now: datetime) -> datetime | None:
        """When pieces that are not there yet are said to come; None where that is unknown or past."""
        at = self.released_at if self.beyond == "preorder" else self.expected_at
        return at if at is not None and at > now else None

    def unreleased(self, now: datetime) -> datetime | None:
        """When a pre-order is released; None from then on, and of what is none."""
        return self.promised(now) if self.beyond == "preorder" else None

    def sells_beyond(self, now: datetime) -> Literal["backorder", "preorder"] | None:
        """A pre-order ends when what it waits for is released."""
        if self.beyond == "preorder":
            return "preorder" if self.unreleased(now) else None
        return "backorder" if self.beyond == "backorder" else None


_COLUMNS = """
    sku, tracking, beyond, beyond_limit, expected_at, released_at, CASE WHEN bundle THEN (
        SELECT jsonb_object_agg(part, quantity) FROM bundle_parts WHERE bundle_parts.bundle = stock_policies.sku)
    END AS parts
"""


async def lock(tx: Transaction, skus: Collection[str]) -> dict[str, Policy]:
    """The policies of those that have one, and of the parts of bundles among them."""
    await tx.execute(
        """
        SELECT FROM stock_policies
        WHERE sku = ANY ($1::text[])
            OR sku IN (SELECT part FROM bundle_parts WHERE bundle = ANY ($1::text[]))
        ORDER BY sku FOR NO KEY UPDATE
        """,
        list(skus),
    )
    return await load(tx, skus)


async def load(connection: Connection, skus: Collection[str]) -> dict[str, Policy]:
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM stock_policies
        WHERE sku = ANY ($1::text[])
            OR sku IN (SELECT part FROM bundle_parts WHERE bundle = ANY ($1::text[]))
        """,
        list(skus),
    )
    found = {}
    for row in rows:
        parts = msgspec.json.decode(row["parts"], type=dict[str, int]) if row["parts"] else {}
        sku, tracking, beyond, limit, expected_at, released_at, _ = row
        found[sku] = Policy(sku, tracking, beyond, limit, expected_at, released_at, parts)
    return found


async def bundles_of(connection: Connection, skus: Collection[str]) -> list[str]:
    """The bundles that these are parts of."""
    rows = await connection.fetch(
        "SELECT DISTINCT bundle FROM bundle_parts WHERE part = ANY ($1::text[]) ORDER BY bundle", list(skus)
    )
    return [row["bundle"] for row in rows]


async def lock_of_owners(tx: Transaction, owner_ids: Collection[UUID]) -> list[str]:
    """The SKUs with a policy, locked, of which these owners, whose rows are locked, hold or await pieces."""
    rows = await tx.fetch(
        """
        SELECT sku FROM stock_policies WHERE sku IN (
            SELECT sku FROM allocations WHERE owner_id = ANY ($1::uuid[]) AND quantity > shipped + released
            UNION ALL
            SELECT sku FROM backorders WHERE owner_id = ANY ($1::uuid[]) AND quantity > allocated + cancelled)
        ORDER BY sku FOR NO KEY UPDATE
        """,
        list(owner_ids),
    )
    return [row["sku"] for row in rows]


async def put(tx: Transaction, command: PolicyInput, now: datetime) -> None:
    """A plain policy where there is none yet: the row is what is locked."""
    await tx.execute(
        "INSERT INTO stock_policies (sku, updated_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        command.sku,
        now,
    )


async def update(tx: Transaction, command: PolicyInput, now: datetime) -> None:
    await tx.execute(
        """
        UPDATE stock_policies SET tracking = $2, beyond = $3, beyond_limit = $4, expected_at = $5,
            released_at = $6, updated_at = $7
        WHERE sku = $1
        """,
        command.sku,
        command.tracking,
        command.sell_beyond,
        command.limit,
        command.expected_at,
        command.released_at,
        now,
    )


async def set_parts(tx: Transaction, bundle: str, parts: Mapping[str, int], now: datetime) -> None:
    await tx.execute("DELETE FROM bundle_parts WHERE bundle = $1", bundle)
    await tx.execute_many(
        "INSERT INTO bundle_parts (bundle, part, quantity) VALUES ($1, $2, $3)",
        [(bundle, part, quantity) for part, quantity in sorted(parts.items())],
    )
    await tx.execute(
        "UPDATE stock_policies SET bundle = $2, updated_at = $3 WHERE sku = $1", bundle, bool(parts), now
    )


async def lies_somewhere(connection: Connection, sku: str) -> bool:
    """Whether any piece of it is in any warehouse, in whatever state."""
    return bool(
        await connection.value(
            """
            SELECT EXISTS (
                SELECT FROM stock WHERE sku = $1 AND on_hand + damaged + quality_control + incoming > 0)
                OR EXISTS (SELECT FROM backorders WHERE sku = $1 AND quantity > allocated + cancelled)
            """,
            sku,
        )
    )


async def lock_of_warehouse(tx: Transaction, code: str) -> list[str]:
    """The SKUs with a policy, locked, that have lain in this warehouse."""
    rows = await tx.fetch(
        """
        SELECT sku FROM stock_policies WHERE sku IN (SELECT sku FROM stock WHERE warehouse = $1)
        ORDER BY sku FOR NO KEY UPDATE
        """,
        code,
    )
    return [row["sku"] for row in rows]
