"""What a message may hold and a database cannot keep: refused here, with its field, before anybody tries."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from tradewind.kernel.errors import Invalid


def refuse_unstorable(node: Any, at: str = "") -> None:
    """Raises Invalid for a null character in text, an integer beyond 64 bits, and a time that the calendar has
    in its own zone only, such as the first hour of year 1 east of Greenwich."""
    if isinstance(node, str):
        if "\0" in node:
            raise Invalid("null_character", "text must not contain the null character", field=at or None)
    elif isinstance(node, datetime):
        _refuse_unreal(node, at)
    elif isinstance(node, int):
        if not -(2**63) <= node < 2**63:
            raise Invalid("invalid_field", "a number must fit into 64 bits", field=at or None)
    elif isinstance(node, msgspec.Struct):
        for name, sent in zip(node.__struct_fields__, node.__struct_encode_fields__, strict=True):
            refuse_unstorable(getattr(node, name), f"{at}.{sent}" if at else sent)
    elif isinstance(node, dict):
        for name, value in node.items():
            refuse_unstorable(name, at)
            refuse_unstorable(value, f"{at}.{name}" if at else str(name))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            refuse_unstorable(value, f"{at}[{index}]")


def _refuse_unreal(time: datetime, at: str) -> None:
    try:
        time.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        message = "use a time within the years 1 to 9999 of UTC"
        raise Invalid("invalid_field", message, field=at or None) from error


@cache
def holds_times(shape: Any) -> bool:
    """Whether messages of this type may hold times."""
    return _holds_times(msgspec.inspect.type_info(shape), set())


def _holds_times(node: Any, seen: set[type]) -> bool:
    if isinstance(node, msgspec.inspect.DateTimeType):
        return True
    if isinstance(node, msgspec.inspect.StructType):
        if node.cls in seen:
            return False
        seen.add(node.cls)
        return any(_holds_times(field.type, seen) for field in node.fields)
    parts = [getattr(node, name, None) for name in ("item_type", "key_type", "value_type", "type")]
    parts += [*getattr(node, "types", ()), *getattr(node, "item_types", ())]
    return any(_holds_times(part, seen) for part in parts if part is not None)
