"""What a schema does not allow: for any part of a query or a body, values that must be refused."""

from __future__ import annotations

import copy
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.promises.operations import resolved

Path = tuple[str | int, ...]
WRONG_TYPES: dict[str, Any] = {
    "string": "text",
    "integer": 7,
    "boolean": True,
    "array": [["x"]],
    "object": {"a": 1},
    "null": None,
}
# Written as they are: no JSON library makes them.
RAW_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "0x10", "01", "+1")
RAW_STRINGS = (r'"\ud800"', r'"\udc00 x"', r'"\ud83dA"', '"\\x41"', '"\x01"', '"unended')


def options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The shapes that a value may have."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return [shape for option in schema["anyOf"] for shape in options(option)]
    return [schema]


def types(schema: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for shape in options(schema):
        if "enum" in shape or "const" in shape:
            found |= {"string"}
        elif "type" not in shape:
            found |= set(WRONG_TYPES)
        else:
            found.add("integer" if shape["type"] == "number" else shape["type"])
    return found


def places(schema: dict[str, Any], example: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every field of a body, and the fields of those that its example has."""
    for shape in options(schema):
        for name, part in shape.get("properties", {}).items():
            yield (*path, name), part
            if isinstance(example, dict) and name in example:
                yield from places(part, example[name], (*path, name))
        if "items" in shape and isinstance(example, list) and example:
            yield (*path, 0), shape["items"]
            yield from places(shape["items"], example[0], (*path, 0))


def refused_values(schema: dict[str, Any]) -> Iterator[Any]:
    """Values that the field must not take."""
    allowed = types(schema)
    yield from (value for kind, value in WRONG_TYPES.items() if kind not in allowed)
    if "integer" in allowed and not any(shape.get("type") == "number" for shape in options(schema)):
        yield from (2**63, -(2**63) - 1, 10**30, -(10**30), 1.5)
    shapes = options(schema)
    for shape in shapes:
        if "minimum" in shape:
            yield shape["minimum"] - 1
        if "maximum" in shape:
            yield shape["maximum"] + 1
        if shape.get("maxLength", 10**6) < 100_000:
            yield "x" * (shape["maxLength"] + 1)
        if shape.get("minLength"):
            yield ""
        if shape.get("format") == "uuid" or "enum" in shape:
            yield "no such thing"
        if shape.get("format") == "date-time":
            yield from ("yesterday", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z")
        if shape.get("maxItems", 10**6) < 1000 and "items" in shape:
            yield [None] * (shape["maxItems"] + 1)
    if "string" in allowed:
        yield "a\x00b"


def with_value(body: Any, path: Path, value: Any) -> Any:
    """A copy of the body with another value at this place."""
    changed = copy.deepcopy(body)
    inner = changed
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return changed


def with_raw(body: Any, path: Path, raw: str) -> bytes:
    """The body's JSON with these very characters at this place."""
    marker = uuid.uuid4().hex
    return msgspec.json.encode(with_value(body, path, marker)).replace(f'"{marker}"'.encode(), raw.encode())


def unknown_fields(schema: dict[str, Any], example: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The body with a field too many, at its top and in every object of known fields within."""
    for shape in options(schema):
        if shape.get("additionalProperties") is False and isinstance(example, dict):
            yield (*path, "surprise"), 1
        for name, part in shape.get("properties", {}).items():
            if isinstance(example, dict) and name in example:
                yield from unknown_fields(part, example[name], (*path, name))
        if "items" in shape and isinstance(example, list) and example:
            yield from unknown_fields(shape["items"], example[0], (*path, 0))


def made_up_cursors() -> Iterator[str]:
    """Well-formed as base64 and JSON, of any list or of none, with values that no column takes."""
    row, times = str(uuid.UUID(int=0)), ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
    positions: list[Any] = [
        [],
        {},
        None,
        "x",
        [row],
        [row, row],
        ["a\x00b"],
        ["a\x00b", row],
        ["x", row],
        ["x" * 300, row],
        [[["x"]]],
        *([number] for number in (-1, 0, 2**31, 2**63, -(2**63), 10**30, 1.5)),
        *([number, "x"] for number in (2**31, 2**63, 10**30)),
        *([number, row] for number in (2**31, 2**63, -(2**63), 10**30)),
        *([number, "x", "y"] for number in (2**31, 10**30)),
        *([time] for time in times),
        *([time, row] for time in times),
        *([time, 5] for time in times),
        *([time, 2**70] for time in times),
        *([times[0], row, more] for more in ("x", 2**70)),
        ["2026-01-01T00:00:00", row],
        ["2026-01-01T00:00:00Z", "no id"],
    ]
    for position in positions:
        yield urlsafe_b64encode(_json(position)).rstrip(b"=").decode()
    yield from ("", "!", "AAAA", "x" * 100, "e30=", "%", "ümlaut")


def _json(position: Any) -> bytes:
    try:
        return msgspec.json.encode(position)
    except OverflowError:  # beyond 64 bits it is written by hand
        return repr(position).replace("'", '"').encode()


# For any text in a path, percent-encoded as it is sent.
PATH_TEXTS = (
    "%00",
    "a%00b",
    "%ff",
    "%c3%28",
    "%ED%A0%80",
    "%2F",
    "a%2Fb",
    "..%2F..",
    "%20",
    "%0d%0aX-Evil:%20yes",
    "%F0%9F%98%80",
    "%25",
    "%25%30%30",
    "'--",
    "%22",
    "x" * 3000,
    "null",
    "-1",
    "99999999999999999999",
)
NO_IDS = ("not-a-uuid", "0192d0c4", "{}", "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3", "urn:uuid:" + "0" * 31)
