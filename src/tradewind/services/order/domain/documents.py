"""Invoices and credit notes as data: what each of them says, to the cent. Pure.

A document is made once, of the order as it is then, and never changed. An invoice says what is sold: the order's
total less what was cancelled. A credit note lessens an invoice, by rates of tax, so that all of an invoice's credit
notes together never take back more than it said, and exactly that in the end.

What a document is issued for, its `subject`, is there once an order:
`order:<version>` an invoice; `refund:<id>` a credit note for a refund; `invoice:<number>` one that takes back the rest
of an invoice which another one replaces; `settled:<number>` one for what was given back before that invoice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address, share_out

Kind = Literal["invoice", "credit_note"]
# How what a credit note is about reaches the buyer: as it was paid; it did before; as other articles.
Way = Literal["back", "before", "exchanged"]


class Seller(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who sells, as the law wants them named. `address` is by lines."""

    name: str
    address: list[str]
    vat_id: str = ""
    tax_number: str = ""
    register: str = ""
    email: str = ""
    phone: str = ""
    bank: str = ""
    iban: str = ""
    bic: str = ""

    def lacks(self) -> list[Literal["address", "tax_number"]]:
        """What an invoice has to name and this does not: article 226 of directive 2006/112/EC."""
        lacking: list[Literal["address", "tax_number"]] = [] if self.address else ["address"]
        return lacking if self.vat_id or self.tax_number else [*lacking, "tax_number"]


class BilledLine(msgspec.Struct, frozen=True):
    sku: str
    title: str
    options: dict[str, str]
    quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    tax_added_minor: int = 0
    cancelled_quantity: int = 0


class GivenBack(msgspec.Struct, frozen=True):
    """A refund that succeeded, or returned pieces that paid for others (`credited_minor`). One that is `uninvoiced`
    is of what the invoice does not say, and lessens none."""

    refund_id: UUID
    amount_minor: int
    lines: list[Pieces]
    credited_minor: int = 0
    uninvoiced: bool = False

    @property
    def worth_minor(self) -> int:
        return 0 if self.uninvoiced else self.amount_minor + self.credited_minor


class Pieces(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class Bill(msgspec.Struct, frozen=True):
    """What of an order a document is made of; read under the order's lock."""

    order_id: UUID
    number: str
    version: int
    state: str
    currency: str
    language: str
    email: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    billing_address: Address
    shipping_address: Address
    shipping_method: str
    created_at: datetime
    lines: list[BilledLine]
    given_back: list[GivenBack] = []
    promotions: list[str] = []
    placed_at: datetime | None = None
    shipped_at: datetime | None = None  # the first parcel
    cancelled_minor: int = 0
    prices_include_tax: bool = True
    tax_added_minor: int = 0
    shipping_tax_basis_points: int = 0
    shipping_tax_minor: int = 0
    pickup: str | None = None

    @property
    def sold_minor(self) -> int:
        return self.total_minor - self.cancelled_minor


class DocumentLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """`amount_minor` is after `discount_minor`, and includes tax where the document's prices do."""

    title: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    tax_basis_points: int
    sku: str = ""
    detail: str = ""
    discount_minor: int = 0


class TaxSum(msgspec.Struct, frozen=True):
    """All that bears one rate; zero is a rate as well."""

    basis_points: int
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document's whole content but its number. `shipping_minor` is as the lines' amounts are; the taxes sum to
    `net_minor` and `tax_minor`, and these to `total_minor`. `subject_to` is the version of the order that it says."""

    kind: Kind
    language: str
    currency: str
    order_number: str
    ordered_at: datetime
    issued_at: datetime
    zone: str
    seller: Seller
    buyer: Address
    ship_to: Address
    lines: list[DocumentLine]
    taxes: list[TaxSum]
    net_minor: int
    tax_minor: int
    total_minor: int
    prices_include_tax: bool
    shipping_minor: int = 0
    shipping_method: str = ""
    discount_minor: int = 0
    promotions: list[str] = []
    shipped_at: datetime | None = None
    buyer_vat_id: str = ""
    reverse_charge: bool = False
    note: str = ""
    corrects: str = ""
    wholly: bool = False  # a credit note that takes back all that is left of its invoice
    settled: list[UUID] = []  # refunds of before this invoice
    way: Way = "back"
    collected: bool = False  # `ship_to` is the place where the buyer has it handed over


def invoice(
    bill: Bill,
    seller: Seller,
    now: datetime,
    zone: str,
    *,
    buyer_vat_id: str = "",
    reverse_charge: bool = False,
    note: str = "",
) -> Snapshot:
    """Of what is sold: pieces that were cancelled are left out, with their share of the line."""
    lines = _sold_lines(bill)
    shipping = _shipping(bill)
    taxes = _by_rate(
        [*((line.tax_basis_points, line.total_minor, line.tax_minor) for line in lines), shipping]
    )
    net, tax = sum(sum_.net_minor for sum_ in taxes), sum(sum_.tax_minor for sum_ in taxes)
    assert net + tax == bill.sold_minor, f"{bill.number}: {net} + {tax} is not {bill.sold_minor}"
    return Snapshot(
        kind="invoice",
        language=bill.language,
        currency=bill.currency,
        order_number=bill.number,
        ordered_at=bill.placed_at or bill.created_at,
        issued_at=now,
        zone=zone,
        seller=seller,
        buyer=bill.billing_address,
        ship_to=bill.shipping_address,
        lines=[_shown(line) for line in lines],
        taxes=taxes,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        prices_include_tax=bill.prices_include_tax,
        shipping_minor=bill.shipping_minor,
        shipping_method=bill.shipping_method,
        discount_minor=sum(line.discount_minor for line in lines),
        promotions=bill.promotions,
        shipped_at=bill.shipped_at,
        buyer_vat_id=buyer_vat_id,
        reverse_charge=reverse_charge,
        note=note,
        settled=[refund.refund_id for refund in bill.given_back],
        collected=bill.pickup is not None,
    )


def says_the_same(issued: Snapshot, bill: Bill) -> bool:
    """Whether the invoice still says what is sold, and to whom."""
    now = invoice(bill, issued.seller, issued.issued_at, issued.zone)
    return (
        issued.lines == now.lines
        and issued.taxes == now.taxes
        and issued.buyer == now.buyer
        and issued.shipping_minor == now.shipping_minor
    )


def credit_note(
    invoice: Snapshot,
    number: str,
    before: Sequence[Snapshot],
    amount_minor: int,
    now: datetime,
    pieces: Sequence[tuple[BilledLine, int]] = (),
    way: Way = "back",
) -> Snapshot:
    """Of `amount_minor` of the invoice of this number, which those `before` have lessened already.

    `pieces` of lines bear their own rates; without them the amount is shared over what is left of every rate.
    """
    left = _left(invoice, before)
    assert 0 < amount_minor <= sum(left.values()), f"{number}: {amount_minor} of {sum(left.values())} left"
    weights = dict.fromkeys(left, 0)
    for line, quantity in pieces:
        weights[line.tax_basis_points] = weights.get(line.tax_basis_points, 0) + _share(line, quantity)
    rates = sorted(left, reverse=True)
    shares = dict(zip(rates, share_out(amount_minor, [weights[rate] for rate in rates]), strict=True))
    if not any(weights.values()) or any(shares[rate] > left[rate] for rate in rates):
        shares = dict(zip(rates, share_out(amount_minor, [left[rate] for rate in rates]), strict=True))
    taxes = [_lessened(invoice, before, rate, shares[rate]) for rate in rates if shares[rate]]
    net, tax = sum(sum_.net_minor for sum_ in taxes), sum(sum_.tax_minor for sum_ in taxes)
    wholly = amount_minor == invoice.total_minor
    return msgspec.structs.replace(
        invoice,
        kind="credit_note",
        issued_at=now,
        lines=invoice.lines if wholly else [_returned(line, quantity, invoice) for line, quantity in pieces],
        shipping_minor=invoice.shipping_minor if wholly else 0,
        discount_minor=0,
        promotions=[],
        shipped_at=None,
        taxes=taxes,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        note="",
        corrects=number,
        wholly=wholly,
        settled=[],
        way=way,
    )


def pieces_of(bill: Bill, given_back: Sequence[GivenBack]) -> list[tuple[BilledLine, int]]:
    """Those that a credit note for these refunds names."""
    lines = {line.sku: line for line in bill.lines}
    return [
        (lines[piece.sku], piece.quantity)
        for refund in given_back
        for piece in refund.lines
        if piece.sku in lines and refund.worth_minor
    ]


def way_of(given_back: Sequence[GivenBack], otherwise: Way) -> Way:
    """Of refunds by which nothing was paid out, as other articles."""
    paid_out = any(refund.amount_minor for refund in given_back if refund.worth_minor)
    return otherwise if paid_out else "exchanged"


def _sold_lines(bill: Bill) -> list[BilledLine]:
    """The lines without their cancelled pieces. Where shares do not come out even, the lines that lost pieces bear
    the difference: together they are what the order says was cancelled."""
    kept = [_kept(line) for line in bill.lines]
    short = (
        sum(line.total_minor for line in bill.lines) - bill.cancelled_minor - sum(k.total_minor for k in kept)
    )
    for index, line in enumerate(bill.lines):
        if short and line.cancelled_quantity:
            total = max(0, kept[index].total_minor + short)
            short -= total - kept[index].total_minor
            kept[index] = msgspec.structs.replace(
                kept[index], total_minor=total, tax_minor=_proportion(line.tax_minor, total, line.total_minor)
            )
    return [line for line in kept if line.quantity or line.total_minor]


def _kept(line: BilledLine) -> BilledLine:
    left = line.quantity - line.cancelled_quantity
    if left == line.quantity:
        return line
    return msgspec.structs.replace(
        line,
        quantity=left,
        discount_minor=_proportion(line.discount_minor, left, line.quantity),
        total_minor=line.total_minor * left // line.quantity,
        tax_minor=_proportion(line.tax_minor, left, line.quantity),
        tax_added_minor=_proportion(line.tax_added_minor, left, line.quantity),
    )


def _shipping(bill: Bill) -> tuple[int, int, int]:
    """Its rate, what is charged for it, and the tax within that."""
    added = bill.tax_added_minor - sum(line.tax_added_minor for line in bill.lines)
    return bill.shipping_tax_basis_points, bill.shipping_minor + added, bill.shipping_tax_minor


def _by_rate(parts: Sequence[tuple[int, int, int]]) -> list[TaxSum]:
    """Of (rate, with tax, tax within): a sum a rate, the highest first."""
    sums: dict[int, list[int]] = {}
    for rate, gross, tax in parts:
        if gross:
            known = sums.setdefault(rate, [0, 0])
            known[0] += gross - tax
            known[1] += tax
    return [TaxSum(rate, *sums[rate]) for rate in sorted(sums, reverse=True)]


def _shown(line: BilledLine) -> DocumentLine:
    return DocumentLine(
        line.title,
        line.quantity,
        line.unit_price_minor,
        line.total_minor - line.tax_added_minor,
        line.tax_basis_points,
        line.sku,
        ", ".join(f"{name}: {value}" for name, value in line.options.items()),
        line.discount_minor,
    )


def _returned(line: BilledLine, quantity: int, invoice: Snapshot) -> DocumentLine:
    gross = _share(line, quantity)
    added = _proportion(line.tax_added_minor, quantity, line.quantity)
    shown = _shown(line)
    amount = gross if invoice.prices_include_tax else gross - added
    return msgspec.structs.replace(shown, quantity=quantity, amount_minor=amount, discount_minor=0)


def _share(line: BilledLine, quantity: int) -> int:
    return _proportion(line.total_minor, quantity, line.quantity)


def _left(invoice: Snapshot, before: Sequence[Snapshot]) -> dict[int, int]:
    """By rate, what no credit note took back yet."""
    left = {sum_.basis_points: sum_.gross_minor for sum_ in invoice.taxes}
    for note in before:
        for sum_ in note.taxes:
            left[sum_.basis_points] -= sum_.gross_minor
    return left


def _lessened(invoice: Snapshot, before: Sequence[Snapshot], rate: int, gross_minor: int) -> TaxSum:
    """Cumulative, so that the tax of all credit notes is the invoice's in the end."""
    of_rate: Mapping[int, TaxSum] = {sum_.basis_points: sum_ for sum_ in invoice.taxes}
    earlier = [sum_ for note in before for sum_ in note.taxes if sum_.basis_points == rate]
    gross_before = sum(sum_.gross_minor for sum_ in earlier)
    whole = of_rate[rate]
    tax_after = _proportion(whole.tax_minor, gross_before + gross_minor, whole.gross_minor)
    tax = min(gross_minor, max(0, tax_after - sum(sum_.tax_minor for sum_ in earlier)))
    return TaxSum(rate, gross_minor - tax, tax)


def _proportion(amount: int, part: int, whole: int) -> int:
    """Rounded half up, in integers."""
    return (2 * amount * part + whole) // (2 * whole) if whole else 0
