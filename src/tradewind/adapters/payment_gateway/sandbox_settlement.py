"""The sandbox processor's settlement file: amounts in minor units, a fee beside each capture. Pure."""

from __future__ import annotations

from tradewind.adapters.payment_gateway.settlement_rows import (
    Cells,
    cell,
    currency_of,
    day_of,
    kind_of,
    read_mapped,
    read_rows,
    whole_of,
)
from tradewind.ports.settlement import SettlementColumns, SettlementLine

COLUMNS = ("id", "kind", "reference", "amount_minor", "fee_minor", "currency", "settled_on", "payout")


def read_sandbox(content: bytes, columns: SettlementColumns | None = None) -> list[SettlementLine]:
    """Raises SettlementUnreadable."""
    if columns is not None:
        return read_mapped(content, columns)
    return read_rows(content, COLUMNS, _line)


def _line(number: int, cells: Cells) -> SettlementLine:
    known, ours = cell(cells, "id", required=True), cell(cells, "reference")
    return SettlementLine(
        number,
        kind_of(cell(cells, "kind", required=True), "kind"),
        known,
        (known, ours) if ours else (known,),
        whole_of(cells, "amount_minor"),
        whole_of(cells, "fee_minor"),
        currency_of(cells, "currency"),
        day_of(cells, "settled_on"),
        cell(cells, "payout"),
    )
