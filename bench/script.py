"""What the floor is handed: the shop's requests as they were recorded."""

from __future__ import annotations

from dataclasses import dataclass

from bench.recording import Statement, Tape


@dataclass(frozen=True)
class Read:
    """A GET: its statements with their values, and the shop's answer."""

    statements: list[Statement]
    body: bytes


@dataclass(frozen=True)
class Written:
    """A mutation, or several; `names` maps recorded texts to what they stand for, see replay.py."""

    tape: Tape
    names: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Script:
    """All that the floor does. `reads` are by path and query."""

    reads: dict[str, Read]
    line: Written
    purchase: Written
    products: int
