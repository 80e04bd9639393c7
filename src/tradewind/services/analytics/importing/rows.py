"""One row of a file of orders: what it says, or why it cannot be taken. Pure, and exact: no float is near money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from tradewind.contracts.currencies import DIGITS, is_currency
from tradewind.kernel.errors import Invalid
from tradewind.ports.analytics_store import PARTS_PER_MINOR, SaleLine
from tradewind.services.analytics.countries import country_code
from tradewind.services.analytics.domain import microseconds
from tradewind.services.analytics.importing.columns import columns_of
from tradewind.services.analytics.importing.source import HistoryOptions
from tradewind.services.analytics.periods import zone
from tradewind.services.analytics.store.history import HistoryProblem

_ORDERS: Final = UUID("0d7c6a4e-94f1-5f43-9a55-0a4b7a1f3c7e")
_WHOLE_NUMBER: Final = re.compile(r"\d+\.0+")
_LONGEST: Final = {
    "invoice": 100,
    "sku": 100,
    "customer": 200,
    "customer_name": 200,
    "country": 100,
    "text": 1000,
}
_LARGEST_PARTS: Final = 10**17  # of a line: below what 63 bits hold, and above any sale
_LARGEST_QUANTITY: Final = 10**9
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class RowRefused(Exception):
    """This row cannot be taken; `field` is which part of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason

    def at(self, line: int) -> HistoryProblem:
        return HistoryProblem(line, self.field, self.reason)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of an order. `returns` is what is given back: a line of a cancellation, or below zero."""

    line: int
    invoice: str
    at: datetime
    sku: str
    quantity: int
    parts: int  # quantity times price
    currency: str
    returns: bool
    customer: str
    customer_name: str
    country: str
    text: str
    category: str
    product_id: UUID | None

    def sale_line(self, source: str, *, counted: bool, demo: bool) -> SaleLine:
        """`counted`: the order is counted by this line."""
        return SaleLine(
            order_id=uuid5(_ORDERS, f"{source}\n{self.invoice}"),
            at_us=microseconds(self.at),
            currency=self.currency,
            kind="item",
            orders=int(counted),
            units=0 if self.returns else self.quantity,
            returned_units=-self.quantity if self.returns else 0,
            gross_parts=0 if self.returns else self.parts,
            refund_parts=-self.parts if self.returns else 0,
            country=self.country,
            customer=self.customer,
            customer_label=self.customer_name or self.customer,
            sku=self.sku,
            product_id=self.product_id,
            title=self.text,
            category=self.category,
            demo=demo,
        )


class RowReader:
    """Reads rows under one header. Raises Invalid for a header or options that make no sense."""

    def __init__(self, header: Sequence[str], options: HistoryOptions) -> None:
        if not is_currency(options.currency):
            raise Invalid("currency_unknown", f"{options.currency} is no currency", field="currency")
        self._zone: ZoneInfo = zone(options.timezone)
        self._options = options
        self._width = len(header)
        self._places = columns_of(header, options.map)

    def read(self, line: int, cells: Sequence[str]) -> HistoryRow:
        """Raises RowRefused."""
        if len(cells) != self._width:
            raise RowRefused("row", f"it has {len(cells)} cells, the header has {self._width}")
        said = {field: cells[place].strip() for field, place in self._places.items()}
        for field, text in said.items():
            if "\x00" in text or "\ufffd" in text:
                raise RowRefused(
                    field, "it has characters that cannot be read: say which encoding the file is in"
                )
            if len(text) > _LONGEST.get(field, 400):
                raise RowRefused(field, f"it has more than {_LONGEST.get(field, 400)} characters")
        for field in ("invoice", "sku"):
            if not said[field]:
                raise RowRefused(field, "it is empty")
        quantity = _quantity(said["quantity"])
        currency = said.get("currency") or self._options.currency
        if not is_currency(currency):
            raise RowRefused("currency", f"{currency} is no currency of ISO 4217")
        parts = quantity * _parts(said["unit_price"], currency)
        if abs(parts) >= _LARGEST_PARTS:
            raise RowRefused("unit_price", "quantity times price is larger than any order")
        customer = said.get("customer", "")
        return HistoryRow(
            line=line,
            invoice=said["invoice"],
            at=self._time(said["time"]),
            sku=said["sku"],
            quantity=quantity,
            parts=parts,
            currency=currency,
            returns=said["invoice"][:1] in "Cc" or parts < 0 or quantity < 0,
            customer=customer.partition(".")[0] if _WHOLE_NUMBER.fullmatch(customer) else customer,
            customer_name=said.get("customer_name", ""),
            country=country_code(said.get("country", "")),
            text=said.get("text", ""),
            category=said.get("category", ""),
            product_id=_product_id(said.get("product_id", "")),
        )

    def _time(self, text: str) -> datetime:
        try:
            if self._options.time_format is None:
                at = datetime.fromisoformat(text)
            else:
                at = datetime.strptime(text, self._options.time_format)
            at = (at.replace(tzinfo=self._zone) if at.tzinfo is None else at).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            expected = self._options.time_format or "2010-12-01 08:26:00"
            raise RowRefused(
                "time", f"{text!r} is no time such as {expected}: say its time format"
            ) from error
        if not _EARLIEST <= at <= _LATEST:
            raise RowRefused("time", f"{text} is not between {_EARLIEST.year} and {_LATEST.year}")
        return at


def _number(field: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise RowRefused(field, f"{text!r} is no number such as -12.50") from error
    if not number.is_finite() or abs(number) > 10**15:
        raise RowRefused(field, f"{text!r} is no number that is sold or paid")
    return number


def _quantity(text: str) -> int:
    number = _number("quantity", text)
    if number != number.to_integral_value() or abs(number) > _LARGEST_QUANTITY:
        raise RowRefused("quantity", f"{text} is no whole number of at most {_LARGEST_QUANTITY}")
    return int(number)


def _parts(text: str, currency: str) -> int:
    """A price in parts of a minor unit. One that is finer than these is refused, not rounded."""
    price = _number("unit_price", text) * 10 ** DIGITS[currency] * PARTS_PER_MINOR
    if price != price.to_integral_value():
        raise RowRefused(
            "unit_price", f"{text} has more digits than are kept: {DIGITS[currency] + 4} after the point"
        )
    return int(price)


def _product_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise RowRefused("product_id", f"{text} is no UUID") from error
