"""Stripe's form encoding: `a[b][0]=c` is a list inside an object inside an object."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


def decoded(text: str) -> dict[str, Any]:
    """Every value is a string; keys that are numbers make a list."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, _, rest = name.partition("[")
        path = [first, *(_PART.findall("[" + rest) if rest else [])]
        place = found
        for part in path[:-1]:
            place = place.setdefault(part, {})
        last = path[-1] or str(len(place))
        place[last] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner
