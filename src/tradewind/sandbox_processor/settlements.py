"""Settlement files: what moved a merchant's balance, with fees, paid out when the file is made. Amounts in minor units.

A capture costs 1.4 % and 25 minor units; a refund gives no fee back. A file begins after the effect that the one
before ended with, and holds one payout for each currency of what is left.
"""

import csv
import io
from collections.abc import Sequence

from tradewind.sandbox_processor import store
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.wire import Effect

COLUMNS = ("id", "kind", "reference", "amount_minor", "fee_minor", "currency", "settled_on", "payout")
PERMILLE, FIXED_MINOR = 14, 25


def settlement_file(processor: Processor, merchant: str, after: int, limit: int) -> tuple[bytes, int]:
    """CSV, and the sequence that the next one begins after."""
    effects = store.list_effects(processor.db, merchant, after, limit)
    moved = [one for one in effects if one.kind in ("capture", "refund")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in moved:
        sign = 1 if one.kind == "capture" else -1
        amount, day = sign * one.amount_minor, one.at[:10]
        known = f"mov_{one.sequence}"
        writer.writerow(
            (
                known,
                one.kind,
                one.reference,
                amount,
                _fee(one),
                one.currency,
                day,
                _payout(effects, one.currency),
            )
        )
    for currency in sorted({one.currency for one in moved}):
        left = sum(_net(one) for one in moved if one.currency == currency)
        name = _payout(effects, currency)
        writer.writerow((name, "payout", "", -left, 0, currency, effects[-1].at[:10], name))
    return text.getvalue().encode(), effects[-1].sequence if effects else after


def _fee(one: Effect) -> int:
    if one.kind != "capture":
        return 0
    return min(one.amount_minor, (one.amount_minor * PERMILLE + 999) // 1000 + FIXED_MINOR)


def _net(one: Effect) -> int:
    return one.amount_minor - _fee(one) if one.kind == "capture" else -one.amount_minor


def _payout(effects: Sequence[Effect], currency: str) -> str:
    return f"po_{effects[-1].sequence}_{currency.lower()}"
