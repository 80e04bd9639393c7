"""What makes a SKU special: lots, sale beyond what is there, bundles.

The row of a SKU's policy is the lock of everything that a policy governs. It comes after a reservation's
own row and before stock (store/reservations.py), SKUs in order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from tradewind.ports.database import Connection, Transaction

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

    def sells_beyond(self, now: datetime) -> Literal["backorder", "preorder"] | None:
        """A pre-order ends when what it waits for is released."""
        if self.beyond == "preorder":
            return "preorder" if self.released_at is not None and self.released_at > now else None
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
        found[row["sku"]] = Policy(*tuple(row)[:6], parts)
    return found


async def bundles_of(connection: Connection, skus: Collection[str]) -> list[str]:
    """The bundles that these are parts of."""
    rows = await connection.fetch(
        "SELECT DISTINCT bundle FROM bundle_parts WHERE part = ANY ($1::text[]) ORDER BY bundle", list(skus)
    )
    return [row["bundle"] for row in rows]
