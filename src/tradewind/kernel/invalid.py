"""What msgspec refuses, as a refusal that names the field and what would be right."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import inspect

from tradewind.kernel.errors import Invalid

_AT = re.compile(r" - at (?:`key` in )?`\$?\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")  # of a path: a field's name, or a place in a list or a dict


def invalid(error: msgspec.ValidationError, code: str = "invalid_field", shape: Any = None) -> Invalid:
    """The validator's words, with the field they are about; of an unknown one, which `shape` knows there."""
    text = str(error)
    at = _AT.search(text)
    unknown = _UNKNOWN.search(text)
    named = unknown or _MISSING.search(text)
    place = at[1] if at else ""
    parts = [part for part in (place, named[1] if named else "") if part]
    message = _AT.sub("", text)
    if unknown and shape is not None:
        known = _known(inspect.type_info(shape), _STEP.findall(place))
        message += f": here it may have {', '.join(known)}" if known else ""
    return Invalid(code, message, field=".".join(parts) or None)


def _known(node: inspect.Type, steps: list[str]) -> list[str]:
    """The names of the fields of what lies at the end of these steps, in their order."""
    match node:
        case inspect.Metadata(type=within):
            return _known(within, steps)
        case inspect.UnionType(types=types):
            return list(dict.fromkeys(name for one in types for name in _known(one, steps)))
        case inspect.StructType(fields=fields):
            if not steps:
                return [field.encode_name for field in fields]
            return [
                n for field in fields if field.encode_name == steps[0] for n in _known(field.type, steps[1:])
            ]
        case inspect.DictType(value_type=within):
            return _known(within, steps[1:])
        case inspect.ListType(item_type=within) | inspect.VarTupleType(item_type=within):
            return _known(within, steps[1:])
    return []
