"""What the routes of the inventory share: who may, and names in paths."""

from __future__ import annotations

from typing import Any

import msgspec

from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import permission

READ = permission("inventory:read")
WRITE = permission("inventory:write")


def named(value: str, shape: Any, unknown: NotFound) -> str:
    """A name in a path. One that could not exist is `unknown`, and never reaches the database."""
    if "\x00" in value:
        raise unknown
    try:
        return str(msgspec.convert(value, shape))
    except msgspec.ValidationError as error:
        raise unknown from error
