"""All stock as CSV, a line for each SKU and warehouse."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries.purchase_orders import plain

LINES_AT_ONCE = 2000
HEADER = (
    "sku",
    "warehouse",
    "on_hand",
    "reserved",
    "available",
    "damaged",
    "quality_control",
    "incoming",
    "safety_stock",
)


async def export_stock(deps: Deps, warehouse: str | None) -> AsyncIterator[bytes]:
    """Chunks of whole lines, in the order of the keys; memory stays flat. What changes while this runs is as it was
    when its chunk was read."""
    yield _lines([HEADER])
    after = ("", "")
    while True:
        rows = await deps.db.fetch(
            f"""
            SELECT sku, warehouse, on_hand, reserved, available, damaged, quality_control, incoming, safety_stock
            FROM stock WHERE (sku, warehouse) > ($1, $2) AND ($3::text IS NULL OR warehouse = $3)
            ORDER BY sku, warehouse LIMIT {LINES_AT_ONCE}
            """,
            *after,
            warehouse,
        )
        if not rows:
            return
        yield _lines([tuple(plain(cell) for cell in row) for row in rows])
        after = (rows[-1]["sku"], rows[-1]["warehouse"])


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
