"""What the routes of the inventory share: who may, and names in paths."""

from __future__ import annotations

from typing import Any

import msgspec

from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.http import permission
from tradewind.services.inventory.shapes import WarehouseCode

READ = permission("inventory:read")
WRITE = permission("inventory:write")
LIST_ERRORS = ((Invalid, "invalid_parameter"), (Invalid, "cursor_invalid"))


def named(value: str, shape: Any, unknown: NotFound) -> str:
    """A name in a path. One that could not exist is `unknown`, and never reaches the database."""
    if "\x00" in value:
        raise unknown
    try:
        return str(msgspec.convert(value, shape))
    except msgspec.ValidationError as error:
        raise unknown from error


def warehouse_code(value: str) -> str:
    """Raises NotFound for what can be no warehouse's code."""
    return named(value, WarehouseCode, NotFound("warehouse_not_found", "there is no such warehouse"))
