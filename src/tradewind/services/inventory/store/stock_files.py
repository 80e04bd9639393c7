"""Files of stock that were taken in, by their references; and what a file is checked against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain.alike import one_slip_apart
from tradewind.services.inventory.shapes.stock_files import FileLine

MOST_NEAR: Final = 20  # unknown SKUs that a near one is looked for: each is compared with all that are known
SHORTEST_NEAR: Final = 4  # a shorter SKU is one slip apart from too many


async def before(connection: Connection, reference: str) -> tuple[bytes, str] | None:
    """Digest and report of what was taken in under this reference."""
    row = await connection.row("SELECT digest, report FROM stock_files WHERE reference = $1", reference)
    return None if row is None else (row["digest"], row["report"])


async def add(tx: Transaction, reference: str, digest: bytes, report: str, actor: str, now: datetime) -> None:
    """Raises UniqueViolation of stock_files_pkey where another call took it in meanwhile."""
    await tx.execute(
        "INSERT INTO stock_files (reference, digest, report, actor, at) VALUES ($1, $2, $3::jsonb, $4, $5)",
        reference,
        digest,
        report,
        actor,
        now,
    )


async def known_warehouses(connection: Connection) -> set[str]:
    return {row["code"] for row in await connection.fetch("SELECT code FROM warehouses")}


async def unknown(tx: Transaction, skus: Sequence[str]) -> dict[str, str]:
    """Those that no stock, policy, bundle or supplier has ever had; each with a known one where there is one that
    differs in case, punctuation or look-alikes (O and 0; I, l and 1) alone, else by one slip of the keyboard."""
    rows = await tx.fetch(
        """
        SELECT sku FROM unnest($1::text[]) AS line (sku)
        WHERE NOT EXISTS (SELECT FROM stock WHERE stock.sku = line.sku)
            AND NOT EXISTS (SELECT FROM stock_policies AS policy WHERE policy.sku = line.sku)
            AND NOT EXISTS (SELECT FROM bundle_parts WHERE part = line.sku)
            AND NOT EXISTS (SELECT FROM supplier_parts AS sold WHERE sold.sku = line.sku)
        """,
        list(skus),
    )
    found = {row["sku"]: "" for row in rows}
    if found:
        alike = await tx.fetch(_ALIKE, sorted(found))
        found |= {row["sku"]: row["known"] for row in alike}
        found |= await _near(tx, sorted(sku for sku, known in found.items() if not known))
    return found


async def _near(tx: Transaction, skus: Sequence[str]) -> dict[str, str]:
    """One slip leaves one half of a SKU as it is, so that few are left to be compared letter by letter."""
    long = [sku for sku in skus if len(sku) >= SHORTEST_NEAR][:MOST_NEAR]
    rows = await tx.fetch(_HALF_ALIKE, long)
    near: dict[str, str] = {}
    for row in rows:
        if row["sku"] not in near and one_slip_apart(row["sku"].lower(), row["known"].lower()):
            near[row["sku"]] = row["known"]
    return near


async def moved(tx: Transaction, skus: Sequence[str]) -> set[tuple[str, str]]:
    """SKU and warehouse, wherever pieces of these came or went before."""
    rows = await tx.fetch(
        """
        SELECT sku, warehouse FROM stock WHERE sku = ANY ($1::text[]) AND EXISTS (
            SELECT FROM stock_movements AS moved WHERE moved.sku = stock.sku AND moved.warehouse = stock.warehouse
                AND moved.kind NOT IN ('reserve', 'release', 'expect', 'safety'))
        """,
        list(skus),
    )
    return {(row["sku"], row["warehouse"]) for row in rows}


_FOLDED = "translate(lower({sku}), 'oil-_. /', '011')"
_KNOWN = "SELECT sku FROM stock UNION SELECT sku FROM stock_policies UNION SELECT sku FROM supplier_parts"
_ALIKE = f"""
SELECT line.sku, min(known.sku) AS known FROM unnest($1::text[]) AS line (sku)
JOIN ({_KNOWN}) AS known ON {_FOLDED.format(sku="known.sku")} = {_FOLDED.format(sku="line.sku")}
GROUP BY line.sku
"""
_HALF_ALIKE = f"""
SELECT line.sku, known.sku AS known
FROM (SELECT sku, lower(sku) AS low, (length(sku) - 1) / 2 AS half FROM unnest($1::text[]) AS given (sku)) AS line
JOIN (SELECT sku, lower(sku) AS low FROM ({_KNOWN}) AS one) AS known
    ON length(known.low) BETWEEN length(line.low) - 1 AND length(line.low) + 1
    AND (left(known.low, half) = left(line.low, half) OR right(known.low, half) = right(line.low, half))
ORDER BY line.sku, known.sku
"""


async def on_hand(
    tx: Transaction, lines: Sequence[FileLine]
) -> dict[tuple[str, str, str | None], tuple[int, int]]:
    """On hand and reserved by SKU, warehouse and lot, of stock that is locked."""
    skus = sorted({line.sku for line in lines})
    rows = await tx.fetch(
        """
        SELECT sku, warehouse, NULL AS lot, on_hand, reserved FROM stock WHERE sku = ANY ($1::text[])
        UNION ALL SELECT sku, warehouse, lot, on_hand, reserved FROM lots WHERE sku = ANY ($1::text[])
        """,
        skus,
    )
    return {(row["sku"], row["warehouse"], row["lot"]): (row["on_hand"], row["reserved"]) for row in rows}
