"""Stripe's payout reconciliation and balance change reports, itemised: https://docs.stripe.com/reports. Pure.

Amounts are decimals with the sign of what they do to the balance. `payment_metadata[reference]` and
`refund_metadata[reference]` are columns that may be asked for; they hold our own references.
"""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.adapters.payment_gateway.settlement_rows import (
    Cells,
    amount_of,
    cell,
    currency_of,
    day_of,
    read_mapped,
    read_rows,
)
from tradewind.ports.settlement import SettlementColumns, SettlementKind, SettlementLine

COLUMNS = ("balance_transaction_id", "reporting_category", "currency", "gross", "fee")
# https://docs.stripe.com/reports/reporting-categories
_KINDS: Mapping[str, SettlementKind] = {
    "charge": "capture",
    "refund": "refund",
    "dispute": "dispute",
    "dispute_reversal": "dispute",
    "fee": "fee",
    "network_cost": "fee",
    "tax": "fee",
    "payout": "payout",
    "payout_reversal": "payout",
}
_DAYS = ("available_on_utc", "available_on", "created_utc", "created", "automatic_payout_effective_at")
_KEYS = (
    "refund_metadata[reference]",
    "source_id",
    "charge_id",
    "payment_intent_id",
    "dispute_id",
    "refund_id",
)


def read_stripe(content: bytes, columns: SettlementColumns | None = None) -> list[SettlementLine]:
    """Raises SettlementUnreadable."""
    if columns is not None:
        return read_mapped(content, columns)
    return read_rows(content, COLUMNS, _line)


def _line(number: int, cells: Cells) -> SettlementLine:
    kind = _KINDS.get(cell(cells, "reporting_category", required=True), "other")
    currency = currency_of(cells, "currency")
    gross, fee = amount_of(cells, "gross", currency), amount_of(cells, "fee", currency)
    reference = cell(cells, "balance_transaction_id", required=True)
    keys = dict.fromkeys(text for name in _KEYS if (text := cell(cells, name)))
    day = next((name for name in _DAYS if cell(cells, name)), _DAYS[0])
    return SettlementLine(
        number,
        kind,
        reference,
        (reference, *keys),
        0 if kind == "fee" else gross,
        fee - gross if kind == "fee" else fee,
        currency,
        day_of(cells, day),
        cell(cells, "source_id") if kind == "payout" else cell(cells, "automatic_payout_id"),
    )
