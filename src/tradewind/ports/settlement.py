"""What a processor's settlement file says, line by line, in words that are the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

SettlementKind = Literal["capture", "refund", "dispute", "fee", "payout", "other"]


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """`number` is where it stands in the file. `reference` is what the processor calls this move of its balance,
    `keys` all that it may be known to us by: our own references, the processor's ids.

    `amount_minor` is what it does to the balance before the fee: a capture adds, a refund and a payout take. A fee
    has none. `fee_minor` is what the processor keeps. `part`: one of several that make up one operation.
    """

    number: int
    kind: SettlementKind
    reference: str
    keys: tuple[str, ...]
    amount_minor: int
    fee_minor: int
    currency: str
    settled_on: date
    payout: str = ""
    part: bool = False


@dataclass(frozen=True, slots=True)
class SettlementColumns:
    """How a file of some other make is read: which column holds what, and what its words for kinds mean."""

    kind: str
    reference: str
    amount: str
    currency: str
    day: str
    fee: str = ""
    payout: str = ""
    key: str = ""
    kinds: Mapping[str, SettlementKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SettlementProblem:
    """`line` 0: the file as a whole."""

    line: int
    field: str
    code: str
    message: str


class SettlementUnreadable(Exception):
    """Nothing of such a file is taken in."""

    def __init__(self, problems: Sequence[SettlementProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems
