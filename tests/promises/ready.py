"""What a ready-made request is, and where each is kept by the operation that it is for."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.promises.market import Market, Person

# The smallest PNG: one grey pixel.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a4944415478da6368000000820081da45083b0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Ready:
    """Who asks what. `body` is JSON-able, or bytes as they are; `path` holds the path's parameters."""

    who: Person
    body: Any = None
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


Prepare = Callable[[Market], Awaitable[Ready]]
READY: dict[str, Prepare] = {}


def ready(operation_id: str) -> Callable[[Prepare], Prepare]:
    def keep(prepare: Prepare) -> Prepare:
        assert operation_id not in READY, f"{operation_id} has a request already"
        READY[operation_id] = prepare
        return prepare

    return keep


def email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def word(length: int = 10) -> str:
    return uuid.uuid4().hex[:length].upper()
