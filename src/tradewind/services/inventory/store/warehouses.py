"""Writes to warehouses, and what closing or opening one does to what is available."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tradewind.contracts.inventory import Available
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes import Warehouse, WarehouseDraft


async def insert(tx: Transaction, draft: WarehouseDraft, now: datetime) -> None:
    """Raises UniqueViolation of warehouses_pkey."""
    await tx.execute(
        """
        INSERT INTO warehouses (code, name, country, priority, active, pickup, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        draft.code,
        draft.name,
        draft.country,
        draft.priority,
        draft.active,
        draft.pickup,
        now,
    )


async def lock_all(tx: Transaction) -> None:
    """Changes of warehouses are serial: two that close at once must each know of the other."""
    await tx.execute("SELECT FROM warehouses ORDER BY code FOR NO KEY UPDATE")


async def update(tx: Transaction, warehouse: Warehouse) -> None:
    await tx.execute(
        """
        UPDATE warehouses SET name = $2, country = $3, priority = $4, active = $5, pickup = $6, updated_at = $7
        WHERE code = $1
        """,
        warehouse.code,
        warehouse.name,
        warehouse.country,
        warehouse.priority,
        warehouse.active,
        warehouse.pickup,
        warehouse.updated_at,
    )


async def only_here(tx: Transaction, code: str) -> list[Available]:
    """The SKUs of which something is available in this warehouse and, the active ones counted, nowhere else.

    Their stock is locked, in the order of the keys, until the transaction ends.
    """
    rows = await tx.fetch(
        """
        WITH locked AS (
            SELECT stock.sku, stock.warehouse, stock.available AS free, warehouses.active
            FROM stock JOIN warehouses ON warehouses.code = stock.warehouse
            WHERE stock.sku IN (SELECT here.sku FROM stock AS here WHERE here.warehouse = $1)
            ORDER BY stock.sku, stock.warehouse
            FOR NO KEY UPDATE OF stock
        )
        SELECT sku, sum(free) FILTER (WHERE warehouse = $1) AS available
        FROM locked
        GROUP BY sku
        HAVING sum(free) FILTER (WHERE warehouse = $1) > 0
            AND coalesce(sum(free) FILTER (WHERE active AND warehouse <> $1), 0) = 0
        ORDER BY sku
        """,
        code,
    )
    return [Available(row["sku"], row["available"]) for row in rows]


async def regions(connection: Connection, country: str) -> dict[str, tuple[str, list[tuple[str, str, int]]]]:
    """Each warehouse's own country, and what it says of a country: (country, postal prefix, distance)."""
    rows = await connection.fetch(
        """
        SELECT warehouses.code, warehouses.country AS home, named.country, named.postal_prefix, named.distance
        FROM warehouses
        LEFT JOIN warehouse_regions AS named ON named.warehouse = warehouses.code AND named.country = $1
        """,
        country,
    )
    found: dict[str, tuple[str, list[tuple[str, str, int]]]] = {}
    for row in rows:
        _, named = found.setdefault(row["code"], (row["home"], []))
        if row["country"] is not None:
            named.append((row["country"], row["postal_prefix"], row["distance"]))
    return found


async def hands_over(connection: Connection, code: str) -> bool:
    """Whether customers collect at this warehouse."""
    return bool(
        await connection.value("SELECT true FROM warehouses WHERE code = $1 AND active AND pickup", code)
    )


async def set_regions(tx: Transaction, code: str, named: Mapping[tuple[str, str], int]) -> None:
    """`named` maps country and postal prefix to a distance."""
    await tx.execute("DELETE FROM warehouse_regions WHERE warehouse = $1", code)
    await tx.execute_many(
        "INSERT INTO warehouse_regions (warehouse, country, postal_prefix, distance) VALUES ($1, $2, $3, $4)",
        [(code, country, prefix, distance) for (country, prefix), distance in sorted(named.items())],
    )
