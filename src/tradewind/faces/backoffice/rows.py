"""Rows of a form: fields of one name several times, one for each row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from tradewind.faces.kit.visit import Fields, Visit

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 6, 10, 100


def typed_rows(form: Fields, *names: str) -> list[tuple[str, ...]]:
    """Those that something was typed into, without the space around it."""
    columns = [form.all(name) for name in names]
    rows = [tuple(cell.strip() for cell in row) for row in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if any(row)]


def with_room(rows: list[tuple[str, ...]], width: int, *, more: bool = False) -> list[tuple[str, ...]]:
    """And some empty ones to type into."""
    spare = max(FIRST_ROWS - len(rows), 1) + (MORE_ROWS if more else 0)
    return [*rows, *[("",) * width] * spare][:MOST_ROWS]


def whole(text: str) -> int | None:
    """A number that is not negative; None for what is none."""
    return int(text) if text.isdigit() and len(text) < 10 else None


async def warehouses(visit: Visit) -> list[Mapping[str, Any]]:
    listed = await visit.api.get("/v1/warehouses", limit=100)
    found: list[Mapping[str, Any]] = listed["items"]
    return found
