"""Tax: contained in a price, or added to it. Rounded once a line, half to even."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from tradewind.contracts.common import round_minor

BASIS_POINTS = 10_000


class RatePeriod(msgspec.Struct, frozen=True):
    """A rate of one country. It holds from `valid_from` until the next of its class and region begins, or until
    `valid_to`. Without `region`, for the whole country."""

    tax_class: str
    basis_points: int
    valid_from: datetime
    valid_to: datetime | None = None
    region: str = ""


class Taxed(msgspec.Struct, frozen=True):
    """An amount as it is charged, the tax within it, and what of that was added to the price."""

    total_minor: int
    tax_minor: int
    added_minor: int


class TaxShare(msgspec.Struct, frozen=True):
    """What bears one rate: `net_minor` without its tax."""

    basis_points: int
    net_minor: int
    tax_minor: int


def rates_at(periods: Iterable[RatePeriod], region: str, moment: datetime) -> dict[str, int]:
    """Basis points by tax class, as they hold at `moment`. A region's own rate comes before its country's."""
    begun = sorted(
        (p for p in periods if p.valid_from <= moment and p.region in ("", region)),
        key=lambda period: (period.region != "", period.valid_from),
    )
    latest = {(period.region, period.tax_class): period for period in begun}
    return {
        tax_class: period.basis_points
        for (_, tax_class), period in latest.items()
        if period.valid_to is None or moment < period.valid_to
    }


def taxed(amount_minor: int, basis_points: int, *, included: bool) -> Taxed:
    if included:
        return Taxed(amount_minor, contained_tax(amount_minor, basis_points), 0)
    tax = added_tax(amount_minor, basis_points)
    return Taxed(amount_minor + tax, tax, tax)


def contained_tax(total_minor: int, basis_points: int) -> int:
    """The tax inside a price that includes it."""
    return round_minor(Decimal(total_minor * basis_points) / Decimal(BASIS_POINTS + basis_points))


def added_tax(net_minor: int, basis_points: int) -> int:
    """The tax on a price that does not include it."""
    return round_minor(Decimal(net_minor * basis_points) / Decimal(BASIS_POINTS))


def tax_by_rate(parts: Iterable[tuple[int, int, int]]) -> list[TaxShare]:
    """Of parts as (basis points, total, tax within it), the sum by rate, the highest first: as an invoice lists
    it. Sums of the rounded parts, so that they are the order's own tax to the cent."""
    sums: dict[int, tuple[int, int]] = {}
    for basis_points, total, tax in parts:
        net_before, tax_before = sums.get(basis_points, (0, 0))
        sums[basis_points] = (net_before + total - tax, tax_before + tax)
    return [TaxShare(rate, *sums[rate]) for rate in sorted(sums, reverse=True)]
