"""What is sent to the analytics service and what it answers. Pure.

Events have the shape of Segment's spec: https://segment.com/docs/connections/spec/
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Body, CurrencyCode, Limit

LARGEST_EVENT_BYTES = 32 * 1024
LARGEST_BATCH_BYTES = 500 * 1024
MOST_EVENTS = 5000  # in one batch: the smallest that are of any use fill it

Kind = Literal["track", "page", "screen", "identify", "group", "alias"]
PersonId = Annotated[str, Meta(max_length=255)] | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Text = Annotated[str, Meta(max_length=255)]
Map = Annotated[dict[str, Any], Meta(max_length=500)]


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """One event, as a Segment library sends it. What the spec has and we keep nothing of is taken and left."""

    type: Kind | None = None
    message_id: Annotated[str, Meta(max_length=100)] | None = None
    anonymous_id: PersonId | None = None
    user_id: PersonId | None = None
    previous_id: PersonId | None = None
    group_id: PersonId | None = None
    event: Text | None = None
    name: Text | None = None
    category: Text | None = None
    properties: Map | None = None
    traits: Map | None = None
    context: Map | None = None
    integrations: Map | None = None
    timestamp: datetime | None = None
    sent_at: datetime | None = None
    original_timestamp: datetime | None = None
    received_at: datetime | None = None
    channel: Text | None = None
    version: Text | Annotated[int, Meta(ge=0, le=2**31)] | None = None
    project_id: Text | None = None
    write_key: Text | None = None
    metadata: Map | None = msgspec.field(name="_metadata", default=None)


class Event(Message, frozen=True, forbid_unknown_fields=True):
    """An event by itself: a field that the spec does not have is a mistake, and refused."""


class Batch(Body, frozen=True, rename="camel"):
    """Each event is taken or refused for itself; fields that the spec does not have are left out."""

    batch: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_EVENTS)]
    sent_at: datetime | None = None
    timestamp: datetime | None = None
    context: Map | None = None
    integrations: Map | None = None
    metadata: Map | None = msgspec.field(name="_metadata", default=None)
    write_key: Text | None = None


class RefusedEvent(msgspec.Struct, frozen=True):
    """`index` counts from 0 in the batch as it was sent."""

    index: int
    code: str
    message: str
    field: str | None = None


class Taken(msgspec.Struct, frozen=True):
    """`success` says that none was refused. What was taken is kept, whatever happens now."""

    success: bool
    taken: int
    refused: list[RefusedEvent]


Moment = Annotated[
    str,
    Meta(
        max_length=40,
        pattern=r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$(?!\n)",
        description="a day, or a time; in the report's time zone unless it says another",
        examples=["2026-01-01"],
    ),
]
Zone = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)", examples=["Europe/Berlin"])]
Interval = Literal["day", "week", "month"]
Comparison = Literal["none", "previous", "year", "true", "false"]
Format = Literal["json", "csv"]
Rows = Annotated[int, Meta(ge=1, le=1000)]
KeyText = Annotated[str, Meta(min_length=1, max_length=400)]


class ReportQuery(Body, frozen=True):
    """From `from`, before `to`. Without, the last 30 days, today among them."""

    from_: Moment | None = msgspec.field(name="from", default=None)
    to: Moment | None = None
    timezone: Zone | None = None
    currency: CurrencyCode | None = None
    compare: Comparison = "none"
    format: Format = "json"
    sku: KeyText | None = None
    category: KeyText | None = None
    country: KeyText | None = None
    customer: KeyText | None = None


class SalesQuery(ReportQuery, frozen=True):
    interval: Interval = "day"


class ByQuery(ReportQuery, frozen=True):
    limit: Rows = 50


class ProductsQuery(ByQuery, frozen=True):
    by: Literal["product", "sku"] = "product"


class PlainQuery(Body, frozen=True):
    """For reports without money."""

    from_: Moment | None = msgspec.field(name="from", default=None)
    to: Moment | None = None
    timezone: Zone | None = None
    currency: CurrencyCode | None = None
    compare: Comparison = "none"
    format: Format = "json"
    limit: Rows = 50


class FunnelQuery(PlainQuery, frozen=True):
    window_days: Annotated[int, Meta(ge=1, le=90, description="from the first step to the last")] = 7


class Amounts(msgspec.Struct, frozen=True):
    """`..._minor` are rounded (half to even), `gross`, `refunds`, `charge_backs` and `net` exact, in major units.
    Charge-backs are what lost disputes took. Net is gross less refunds and charge-backs; the average order is gross
    by orders, 0 without any."""

    gross_minor: int
    refunds_minor: int
    charge_backs_minor: int
    net_minor: int
    gross: str
    refunds: str
    charge_backs: str
    net: str
    orders: int
    units: int
    returned_units: int
    average_order_minor: int


class Period(Amounts, frozen=True):
    """`label` is the day, the ISO week (2026-W05) or the month. From `start`, before `end`."""

    label: str
    start: datetime
    end: datetime


class PreviousSales(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime
    periods: list[Period]
    totals: Amounts


class SalesReport(msgspec.Struct, frozen=True):
    """`currencies` are all that were sold in: amounts of different ones are never added up. `complete` is false
    while events that were acknowledged are still on their way in. `demo`: some of it is made up."""

    currency: str
    currencies: list[str]
    timezone: str
    interval: str
    start: datetime
    end: datetime
    periods: list[Period]
    totals: Amounts
    previous: PreviousSales | None
    complete: bool
    demo: bool


class ReportItem(Amounts, frozen=True):
    key: str
    label: str
    share: float  # of the net of all, 0 to 1
    product_id: UUID | None = None
    sku: str | None = None
    previous_net_minor: int | None = None


class ItemsReport(msgspec.Struct, frozen=True):
    """Largest net first. `totals` are of all, `others` of what is below the limit; `shipping` belongs to no
    product and is in the totals of sales, countries and customers alone."""

    currency: str
    currencies: list[str]
    timezone: str
    start: datetime
    end: datetime
    items: list[ReportItem]
    others: Amounts
    totals: Amounts
    complete: bool
    demo: bool


class CountedProduct(msgspec.Struct, frozen=True):
    """`people` is by how many different people."""

    product_id: str | None
    sku: str | None
    title: str
    count: int
    people: int


class CountsReport(msgspec.Struct, frozen=True):
    timezone: str
    start: datetime
    end: datetime
    items: list[CountedProduct]
    complete: bool


class AbandonedItem(msgspec.Struct, frozen=True):
    cart_id: UUID
    email: str | None
    value_minor: int
    lines: int
    at: datetime


class AbandonedReport(msgspec.Struct, frozen=True):
    """Carts that were left behind and not ordered since; `recovered` were."""

    currency: str
    currencies: list[str]
    timezone: str
    start: datetime
    end: datetime
    count: int
    value_minor: int
    recovered: int
    recovered_minor: int
    items: list[AbandonedItem]
    complete: bool


class FunnelStep(msgspec.Struct, frozen=True):
    """`share` is of the first step, `of_previous` of the one before; 0 to 1."""

    name: str
    event: str
    people: int
    share: float
    of_previous: float


class FunnelReport(msgspec.Struct, frozen=True):
    timezone: str
    start: datetime
    end: datetime
    window_days: int
    steps: list[FunnelStep]
    complete: bool


class EventItem(msgspec.Struct, frozen=True):
    source: str
    kind: str
    name: str
    count: int
    people: int
    last_at: datetime


class EventsReport(msgspec.Struct, frozen=True):
    timezone: str
    start: datetime
    end: datetime
    items: list[EventItem]
    complete: bool


class RebuildStarted(msgspec.Struct, frozen=True):
    request_id: UUID


class ReportsStatus(msgspec.Struct, frozen=True):
    """What is on its way into the store, since when the oldest waits, and how the last comparison with the
    database ended: None before the first."""

    staged_events: int
    staged_orders: int
    staged_history: int
    refused_batches: int
    oldest_at: datetime | None
    compared_at: datetime | None
    differences: list[str] | None


class PageQuery(Body, frozen=True):
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class HistoryQuery(Body, frozen=True):
    """How to read a file of orders; see docs/analytics.md."""

    file_name: Annotated[str, Meta(min_length=1, max_length=200)] = "orders.csv"
    currency: CurrencyCode = "EUR"
    timezone: Zone = "UTC"
    time_format: Annotated[str, Meta(max_length=60)] | None = None
    map: Annotated[str, Meta(max_length=500)] | None = None
    source: Annotated[str, Meta(min_length=1, max_length=60)] = "import"
    encoding: Annotated[str, Meta(min_length=1, max_length=30)] = "auto"


class HistoryResult(msgspec.Struct, frozen=True):
    """`rows` is `lines` and `rejected`; `net` the exact sum of quantity times price over all lines."""

    import_id: UUID
    file_name: str
    state: str
    rows: int
    lines: int
    rejected: int
    orders: int
    net: str
    currency: str
    repeated: bool


class HistoryProblemItem(msgspec.Struct, frozen=True):
    line: int
    field: str
    reason: str
