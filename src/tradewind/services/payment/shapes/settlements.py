"""Settlement files, what does not fit in them, and payouts, as they are sent and shown: pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, Limit, Money
from tradewind.contracts.payment import ProcessorName
from tradewind.ports.settlement import SettlementKind
from tradewind.services.payment.reconciling import LineState, Problem

Cursor = Annotated[str, Meta(max_length=200)]
Column = Annotated[str, Meta(max_length=100)]
ExceptionState = Literal["open", "resolved"]
Resolution = Literal["difference_posted", "ignored", "settled"]


class SettlementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`columns` `mapped`: a file of another make, whose columns are named by the other parameters. Its amounts are
    decimals with the sign of what they do to the balance; a fee is what the processor keeps. `kinds` says what its
    words mean: `Sale:capture,Refund:refund`."""

    processor: ProcessorName
    file_name: Annotated[str, Meta(min_length=1, max_length=200)]
    columns: Literal["processor", "mapped"] = "processor"
    kind_column: Column = "kind"
    reference_column: Column = "reference"
    key_column: Column = ""
    amount_column: Column = "amount"
    fee_column: Column = ""
    currency_column: Column = "currency"
    day_column: Column = "settled_on"
    payout_column: Column = ""
    kinds: Annotated[str, Meta(max_length=1000)] = ""


class SettlementShown(msgspec.Struct, frozen=True):
    """`repeated` lines stood in an earlier file, to the cent: nothing is done with them again."""

    settlement_id: UUID
    processor: str
    format: str
    file_name: str
    lines: int
    matched: int
    repeated: int
    exceptions: int
    open_exceptions: int
    first_day: date
    last_day: date
    uploaded_by: str
    uploaded_at: datetime


class SettlementsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    processor: ProcessorName | None = None
    limit: Limit = 24
    cursor: Cursor | None = None


class SettlementLineShown(msgspec.Struct, frozen=True):
    """`amount` is what the line does to the balance before its `fee`."""

    line: int
    kind: SettlementKind
    reference: str
    amount: Money
    fee: Money
    settled_on: date
    payout: str
    state: LineState
    operation_id: UUID | None
    dispute_id: UUID | None


class LinesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In the order of the file."""

    state: LineState | None = None
    limit: Limit = 24
    cursor: Cursor | None = None


class SettlementException(msgspec.Struct, frozen=True):
    """`said` is the processor's, `expected` ours; `missing` has no line. `note` is staff's."""

    exception_id: UUID
    processor: str
    problem: Problem
    settlement_id: UUID | None
    line: int | None
    kind: str
    reference: str
    operation_id: UUID | None
    order_id: UUID | None
    said: Money
    fee: Money
    expected: Money
    state: ExceptionState
    resolution: Resolution | None
    note: str
    resolved_by: str | None
    resolved_at: datetime | None
    created_at: datetime


class ExceptionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    state: ExceptionState | None = None
    problem: Problem | None = None
    processor: ProcessorName | None = None
    settlement_id: UUID | None = None
    limit: Limit = 24
    cursor: Cursor | None = None


class ResolveBody(Body, frozen=True):
    """`post_difference` posts what the processor says beyond what we have to `settlement_differences`, and the fee
    to `fees`; `ignore` posts nothing; `note` keeps the note, and leaves it open."""

    action: Literal["note", "post_difference", "ignore"]
    note: Annotated[str, Meta(max_length=1000)] = ""


class PayoutsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines settled on these days, both included."""

    processor: ProcessorName | None = None
    from_day: date | None = None
    to_day: date | None = None
    format: Literal["json", "csv"] = "json"


class PayoutRow(msgspec.Struct, frozen=True):
    """A payout and what it is made of; `payout` empty: what belongs to none yet. `net` is gross less refunds,
    disputes and fees, and `paid_out` what left for the bank."""

    processor: str
    payout: str
    currency: str
    first_day: date
    last_day: date
    gross_minor: int
    fees_minor: int
    refunds_minor: int
    disputes_minor: int
    other_minor: int
    net_minor: int
    paid_out_minor: int
    lines: int
    matched_lines: int
    matched_percent: float


class Payouts(msgspec.Struct, frozen=True):
    """At most 1,000, newest first."""

    items: list[PayoutRow]
