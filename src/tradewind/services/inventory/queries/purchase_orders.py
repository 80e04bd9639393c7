"""Reads of purchase orders, deliveries and costs."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import formatted
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import PURCHASE_ORDERS
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.purchase_orders import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseOrderQuery,
    PurchaseOrderSummary,
    PurchaseReceipt,
    PurchaseReceiptLine,
    SkuCost,
    SkuCostLine,
    SkuCosts,
)
from tradewind.services.inventory.store import documents


async def purchase_order(connection: Connection, purchase_order_id: UUID) -> PurchaseOrder:
    """Raises NotFound."""
    row = await connection.row(
        """
        SELECT number, supplier, suppliers.name, warehouse, orders.currency, state, version, expected_on,
            promised_on, supplier_reference, orders.note, created_by, orders.created_at, placed_at, completed_at,
            orders.updated_at
        FROM purchase_orders AS orders JOIN suppliers ON suppliers.code = supplier
        WHERE purchase_order_id = $1
        """,
        purchase_order_id,
    )
    if row is None:
        raise documents.not_found(PURCHASE_ORDERS)
    lines = await _lines(connection, purchase_order_id)
    number, supplier, name, warehouse, currency, state, version, *rest = row
    return PurchaseOrder(
        purchase_order_id,
        number,
        supplier,
        name,
        warehouse,
        currency,
        state,
        version,
        sum(line.total_minor for line in lines),
        *[
            *rest,
            lines,
            await _receipts(connection, purchase_order_id),
            await documents.history(connection, purchase_order_id),
        ],
    )


async def _lines(connection: Connection, purchase_order_id: UUID) -> list[PurchaseLine]:
    rows = await connection.fetch(
        """
        SELECT sku, supplier_sku, packs, pack_size, pack_price_minor, packs * pack_price_minor, quantity, received,
            damaged, refused, greatest(quantity - received - damaged, 0)
        FROM purchase_order_lines WHERE purchase_order_id = $1 ORDER BY sku
        """,
        purchase_order_id,
    )
    return [PurchaseLine(*row) for row in rows]


async def _receipts(connection: Connection, purchase_order_id: UUID) -> list[PurchaseReceipt]:
    rows = await connection.fetch(
        """
        SELECT reference, sku, received, damaged, refused,
            greatest(outstanding - received - damaged, 0), greatest(received + damaged - outstanding, 0),
            goods_minor, costs_minor,
            ((goods_minor + costs_minor)::numeric / nullif(received + damaged, 0))::float8
        FROM purchase_receipt_lines WHERE purchase_order_id = $1 ORDER BY sku
        """,
        purchase_order_id,
    )
    lines = defaultdict(list)
    for row in rows:
        reference, *values = row
        lines[reference].append(PurchaseReceiptLine(*values))
    found = await connection.fetch(
        """
        SELECT reference, costs_minor, actor, at FROM purchase_receipts
        WHERE purchase_order_id = $1 ORDER BY at, reference
        """,
        purchase_order_id,
    )
    return [PurchaseReceipt(*[*row, lines[row["reference"]]]) for row in found]


async def list_purchase_orders(deps: Deps, query: PurchaseOrderQuery) -> Page[PurchaseOrderSummary]:
    """Newest first. Late is what is still expected after its day."""
    where = Where()
    where.add("state = {}", query.state)
    where.add("supplier = {}", query.supplier)
    where.add("warehouse = {}", query.warehouse)
    where.add(
        "purchase_order_id IN (SELECT purchase_order_id FROM purchase_order_lines WHERE sku = {})", query.sku
    )
    if query.cursor is not None:
        at, order_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(orders.created_at, purchase_order_id) < ({}, {})", utc(at, "cursor"), order_id)
    today = len(where.values) + 1
    rows = await deps.db.fetch(
        f"""
        SELECT purchase_order_id, number, supplier, suppliers.name, warehouse, orders.currency, state,
            sums.total::bigint, sums.quantity::integer, sums.outstanding::integer, expected_on,
            state IN ('placed', 'partly_received') AND expected_on < ${today}::date, orders.created_at
        FROM purchase_orders AS orders
        JOIN suppliers ON suppliers.code = supplier
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(packs * pack_price_minor), 0) AS total, coalesce(sum(quantity), 0) AS quantity,
                coalesce(sum(greatest(quantity - received - damaged, 0)), 0) AS outstanding
            FROM purchase_order_lines AS line WHERE line.purchase_order_id = orders.purchase_order_id) AS sums
        WHERE {where.text} ORDER BY orders.created_at DESC, purchase_order_id DESC LIMIT {query.limit + 1}
        """,
        *where.values,
        deps.clock.now().date(),
    )
    items = [PurchaseOrderSummary(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.purchase_order_id) if last else None)


async def purchase_order_csv(connection: Connection, purchase_order_id: UUID) -> bytes:
    """For the supplier: a line each, amounts in units of the currency, such as 150.00. Cells that a spreadsheet
    would compute begin with an apostrophe."""
    order = await purchase_order(connection, purchase_order_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ["number", "supplier", "sku", "supplier_sku", "packs", "pack_size", "pieces", "pack_price",
         "total", "currency", "expected_on"]
    )  # fmt: skip
    for line in order.lines:
        price, total = (decimal(minor, order.currency) for minor in (line.pack_price_minor, line.total_minor))
        cells = (order.number, order.supplier, line.sku, line.supplier_sku, line.packs, line.pack_size,
                 line.quantity, price, total, order.currency, order.expected_on)  # fmt: skip
        writer.writerow([plain(cell) for cell in cells])
    return text.getvalue().encode()


def decimal(amount_minor: int, currency: str) -> str:
    """1234 EUR is 12.34."""
    return formatted(amount_minor, currency).removesuffix(f" {currency}")


def plain(cell: object) -> str:
    """As a spreadsheet shows it and does not compute it."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not isinstance(cell, int) else text


async def sku_costs(connection: Connection, sku: str) -> SkuCosts:
    averages = await connection.fetch(
        """
        SELECT sku, currency, average_minor::float8, last_minor::float8, updated_at
        FROM sku_costs WHERE sku = $1 ORDER BY currency
        """,
        sku,
    )
    deliveries = await connection.fetch(
        """
        SELECT number, reference, supplier, received + damaged, goods_minor, costs_minor,
            ((goods_minor + costs_minor)::numeric / (received + damaged))::float8, line.currency, at
        FROM purchase_receipt_lines AS line JOIN purchase_orders USING (purchase_order_id)
        WHERE sku = $1 AND received + damaged > 0 ORDER BY at DESC, number, reference LIMIT 100
        """,
        sku,
    )
    return SkuCosts([SkuCost(*row) for row in averages], [SkuCostLine(*row) for row in deliveries])
