"""Lines as an order sold them, from what was asked and what it came to."""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.services.order.domain.editing import NewLine, SoldLine
from tradewind.services.order.domain.pricing import LineTotal, PricedLine


def sold_lines(lines: Sequence[NewLine | PricedLine], totals: Sequence[LineTotal]) -> list[SoldLine]:
    return [
        SoldLine(
            line.sku,
            line.quantity,
            line.unit_price_minor,
            total.discount_minor,
            total.total_minor,
            total.tax_basis_points,
            total.tax_minor,
            total.tax_added_minor,
        )
        for line, total in zip(lines, totals, strict=True)
    ]
