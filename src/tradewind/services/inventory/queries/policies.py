"""Reads of policies, lots, back-orders and places to collect."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.contracts.inventory import Available, NoPickupPlace, PickupPlace, PickupStock
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.conditions import Where
from tradewind.services.inventory.shapes import Availability
from tradewind.services.inventory.shapes.policies import (
    Backorder,
    BackorderQuery,
    BundlePart,
    LotLevel,
    LotQuery,
    PickupPoint,
    PickupPoints,
    Policy,
    PolicyQuery,
    Region,
    Regions,
)
from tradewind.services.inventory.store import stock

_Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]
_Large = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_POLICY = """
    SELECT sku, tracking, beyond, beyond_limit, expected_at, released_at, updated_at, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('sku', part, 'quantity', quantity) ORDER BY part), '[]')
        FROM bundle_parts WHERE bundle_parts.bundle = stock_policies.sku) AS parts, (
        SELECT coalesce(sum(quantity - allocated - cancelled), 0) FROM backorders
        WHERE backorders.sku = stock_policies.sku AND quantity > allocated + cancelled) AS waiting
    FROM stock_policies
"""


def _policy(row: Row) -> Policy:
    sku, tracking, beyond, limit, expected_at, released_at, updated_at, parts, waiting = row
    pieces = msgspec.json.decode(parts, type=list[BundlePart])
    return Policy(sku, tracking, beyond, limit, expected_at, released_at, pieces, waiting, updated_at)


async def policy(connection: Connection, sku: str) -> Policy:
    """Of a SKU that is known to have one."""
    row = await connection.row(f"{_POLICY} WHERE sku = $1", sku)
    assert row is not None, "policies are never deleted"
    return _policy(row)


async def list_policies(deps: Deps, query: PolicyQuery) -> Page[Policy]:
    where = Where()
    where.add("sku = {}", query.sku)
    where.add("tracking = {}", query.tracking)
    where.add("beyond = {}", query.sell_beyond)
    where.add("bundle = {}", query.bundle)
    if query.cursor is not None:
        where.add("sku > {}", *decode_cursor(query.cursor, tuple[_Text]))
    rows = await deps.db.fetch(
        f"{_POLICY} WHERE {where.text} ORDER BY sku LIMIT {query.limit + 1}", *where.values
    )
    items = [_policy(row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].sku) if len(rows) > query.limit else None)


async def list_lots(deps: Deps, query: LotQuery) -> Page[LotLevel]:
    last_day = "coalesce(expires_on, '9999-12-31')"
    where = Where()
    where.add("sku = {}", query.sku)
    where.add("warehouse = {}", query.warehouse)
    where.add("expires_on < {}", query.expires_before)
    if query.cursor is not None:
        sku, warehouse, day, lot = decode_cursor(query.cursor, tuple[_Text, _Text, date, _Text])
        where.add(
            f"(sku, warehouse, {last_day}, lot) > ({{}}, {{}}, {{}}, {{}})",
            sku,
            warehouse,
            day,
            lot,
        )
    rows = await deps.db.fetch(
        f"""
        SELECT sku, warehouse, lot, expires_on, on_hand, reserved, damaged, quality_control FROM lots
        WHERE {where.text} AND on_hand + damaged + quality_control > 0
        ORDER BY sku, warehouse, {last_day}, lot LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [LotLevel(*row) for row in rows[: query.limit]]
    if len(rows) <= query.limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, encode_cursor(last.sku, last.warehouse, last.expires_on or date.max, last.lot))


async def list_backorders(deps: Deps, query: BackorderQuery) -> Page[Backorder]:
    where = Where()
    where.add("sku = {}", query.sku)
    where.add("owner_id = {}", query.owner_id)
    where.add("(quantity > allocated + cancelled) = {}", query.waiting)
    if query.cursor is not None:
        where.add("number > {}", *decode_cursor(query.cursor, tuple[_Large]))
    rows = await deps.db.fetch(
        f"""
        SELECT number, owner_id, sku, kind, quantity, allocated, cancelled, quantity - allocated - cancelled,
            pickup, promised_at, created_at
        FROM backorders WHERE {where.text} ORDER BY number LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [Backorder(*row) for row in rows[: query.limit]]
    return Page(items, encode_cursor(items[-1].number) if len(rows) > query.limit else None)


async def pickup_points(deps: Deps, skus: list[str]) -> PickupPoints:
    """The active ones, in the order of their names, each with all of the SKUs."""
    return PickupPoints(
        [
            PickupPoint(place.code, place.name, place.country, [Availability.of(one) for one in there])
            for place, there in await _to_collect(deps, skus)
        ]
    )


async def pickup_place(deps: Deps, code: str) -> PickupPlace | NoPickupPlace:
    rows = await deps.db.fetch(
        "SELECT code, name, country FROM warehouses WHERE code = $1 AND active AND pickup", code
    )
    return PickupPlace(rows[0]["code"], rows[0]["name"], rows[0]["country"]) if rows else NoPickupPlace()


async def pickup_stock(deps: Deps, code: str, skus: list[str]) -> PickupStock | NoPickupPlace:
    for place, there in await _to_collect(deps, skus, code):
        return PickupStock(place, there)
    return NoPickupPlace()


async def _to_collect(
    deps: Deps, skus: list[str], code: str | None = None
) -> list[tuple[PickupPlace, list[Available]]]:
    """What is there (of a bundle, as many as the parts that are there make), and what more may be ordered."""
    rows = await deps.db.fetch(
        """
        SELECT code, name, country, (
            SELECT coalesce(jsonb_object_agg(sku, available), '{}') FROM stock
            WHERE stock.warehouse = code AND sku = ANY ($1::text[])) || (
            SELECT coalesce(jsonb_object_agg(bundle, made), '{}') FROM (
                SELECT bundle, (min(coalesce(stock.available, 0) / quantity))::integer AS made
                FROM bundle_parts LEFT JOIN stock ON stock.sku = part AND stock.warehouse = code
                WHERE bundle = ANY ($1::text[]) GROUP BY bundle) AS bundles) AS available
        FROM warehouses WHERE active AND pickup AND code = coalesce($2, code) ORDER BY name, code
        """,
        skus,
        code,
    )
    sold = await stock.sellable(deps.db, skus, deps.clock.now()) if rows and skus else []
    beyond = {one.sku: one.beyond for one in sold}
    found = []
    for row in rows:
        there = msgspec.json.decode(row["available"], type=dict[str, int])
        left = [Available(sku, there.get(sku, 0), beyond[sku]) for sku in dict.fromkeys(skus)]
        found.append((PickupPlace(row["code"], row["name"], row["country"]), left))
    return found


async def regions(connection: Connection, code: str) -> Regions:
    """Raises NotFound."""
    if not await connection.value("SELECT true FROM warehouses WHERE code = $1", code):
        raise NotFound("warehouse_not_found", f"there is no warehouse {code}")
    rows = await connection.fetch(
        """
        SELECT country, postal_prefix, distance FROM warehouse_regions
        WHERE warehouse = $1 ORDER BY country, postal_prefix
        """,
        code,
    )
    return Regions([Region(*row) for row in rows])
