"""What each line of a settlement file is to us: pure. See docs/payments.md, Settlement files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tradewind.ports.settlement import SettlementLine

LineState = Literal["matched", "repeated", "exception"]
Problem = Literal["unknown", "missing", "amount_differs", "currency_differs", "twice"]
Entries = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class OurOperation:
    """A capture or refund that succeeded. `left_minor` is what no line was found for yet."""

    kind: str
    id: UUID
    order_id: UUID
    names: frozenset[str]  # our reference, and what the processor calls it
    held_as: frozenset[str]  # what the processor calls the authorisation that it is of
    amount_minor: int
    currency: str
    left_minor: int


@dataclass(frozen=True, slots=True)
class OurDispute:
    id: UUID
    order_id: UUID
    names: frozenset[str]
    amount_minor: int
    currency: str
    won: bool
    fee_posted_minor: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """A line of an earlier file."""

    amount_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Books:
    """What we have of what a file names."""

    earlier: Mapping[tuple[str, str], Earlier]
    operations: Sequence[OurOperation]
    disputes: Sequence[OurDispute]


@dataclass(frozen=True, slots=True)
class Judged:
    """A line, what it was found to be, and what it posts at once: `expected_minor` is what we have for it."""

    line: SettlementLine
    state: LineState
    problem: Problem | None = None
    operation: OurOperation | None = None
    dispute: OurDispute | None = None
    expected_minor: int = 0
    expected_currency: str = ""
    entries: Entries = ()

    @property
    def fee_minor(self) -> int:
        """Of a dispute that was taken, what is not posted already."""
        if self.dispute is None or self.line.amount_minor > 0:
            return self.line.fee_minor
        return self.line.fee_minor - self.dispute.fee_posted_minor

    @property
    def order_id(self) -> UUID | None:
        found = self.operation or self.dispute
        return None if found is None else found.order_id


@dataclass(slots=True)
class _File:
    books: Books
    seen: set[tuple[str, str]] = field(default_factory=set)


def judge(lines: Sequence[SettlementLine], books: Books) -> list[Judged]:
    """In the order of the file: a line takes what is left of its operation."""
    file = _File(books)
    return [_judged(line, file) for line in lines]


def fee_entries(fee_minor: int) -> Entries:
    return (("fees", fee_minor), ("cash_at_processor", -fee_minor)) if fee_minor else ()


def difference_entries(
    amount_minor: int, fee_minor: int, currency: str, expected_minor: int, expected_currency: str
) -> dict[str, Entries]:
    """By currency, what makes the balance at the processor what the processor says that it is."""
    if currency == expected_currency:
        difference = amount_minor - expected_minor
        return {currency: _summed(*_moved(difference), *fee_entries(fee_minor))}
    return {
        currency: _summed(*_moved(amount_minor), *fee_entries(fee_minor)),
        expected_currency: _moved(-expected_minor),
    }


def known_by(line: SettlementLine) -> tuple[str, str]:
    return line.kind, line.reference


def _moved(difference: int) -> Entries:
    return (("cash_at_processor", difference), ("settlement_differences", -difference)) if difference else ()


def _summed(*entries: tuple[str, int]) -> Entries:
    """One entry an account: a reference posts to each once."""
    sums: dict[str, int] = {}
    for account, amount in entries:
        sums[account] = sums.get(account, 0) + amount
    return tuple(sums.items())


def _judged(line: SettlementLine, file: _File) -> Judged:
    known = known_by(line)
    if known in file.seen:
        return _exception(line, "twice")
    file.seen.add(known)
    earlier = file.books.earlier.get(known)
    if earlier is not None:
        same = Earlier(line.amount_minor, line.fee_minor, line.currency) == earlier
        return Judged(line, "repeated") if same else _exception(line, "twice")
    if line.kind in ("capture", "refund"):
        return _of_operation(line, file.books.operations)
    if line.kind == "dispute":
        return _of_dispute(line, file.books.disputes)
    if line.kind == "other":
        return _exception(line, "unknown")
    paid = line.amount_minor
    payout = (("cash_in_bank", -paid), ("cash_at_processor", paid)) if paid else ()
    return Judged(line, "matched", entries=_summed(*payout, *fee_entries(line.fee_minor)))


def _of_operation(line: SettlementLine, operations: Sequence[OurOperation]) -> Judged:
    """By its own name; else by the authorisation's, of which there may be several."""
    keys, wanted = frozenset(line.keys), abs(line.amount_minor)
    of_kind = [one for one in operations if one.kind == line.kind]
    named = [one for one in of_kind if one.names & keys] or [one for one in of_kind if one.held_as & keys]
    if not named:
        return _exception(line, "unknown")
    fitting = [one for one in named if one.currency == line.currency]
    exact = next((one for one in fitting if one.left_minor == wanted), None)
    if exact is None and line.part:
        exact = next((one for one in fitting if one.left_minor > wanted), None)
    if exact is not None:
        exact.left_minor -= wanted
        return Judged(line, "matched", operation=exact, entries=fee_entries(line.fee_minor))
    free = next((one for one in (*fitting, *named) if one.left_minor), None)
    if free is None:
        return _exception(line, "twice", named[0])
    expected = free.left_minor if line.kind == "capture" else -free.left_minor
    free.left_minor = 0
    problem: Problem = "amount_differs" if free.currency == line.currency else "currency_differs"
    return Judged(line, "exception", problem, free, None, expected, free.currency)


def _of_dispute(line: SettlementLine, disputes: Sequence[OurDispute]) -> Judged:
    """Taken when it was opened, given back when it was won. Its fee was posted as far as it was told then."""
    keys, taken = frozenset(line.keys), line.amount_minor < 0
    found = next((one for one in disputes if one.names & keys and (taken or one.won)), None)
    if found is None:
        return _exception(line, "unknown")
    if (abs(line.amount_minor), line.currency) == (found.amount_minor, found.currency):
        fee = line.fee_minor - (found.fee_posted_minor if taken else 0)
        return Judged(line, "matched", dispute=found, entries=fee_entries(fee))
    expected = -found.amount_minor if taken else found.amount_minor
    problem: Problem = "amount_differs" if found.currency == line.currency else "currency_differs"
    return Judged(line, "exception", problem, None, found, expected, found.currency)


def _exception(line: SettlementLine, problem: Problem, operation: OurOperation | None = None) -> Judged:
    return Judged(line, "exception", problem, operation, None, 0, line.currency)
