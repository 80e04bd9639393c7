"""The pages of what processors pay out."""

from __future__ import annotations

from tradewind.faces.backoffice.pages import settlements
from tradewind.faces.kit.visit import View

READ, WRITE = "payments:read", "payments:write"
LIST = settlements.LIST

SETTLEMENT_VIEWS: tuple[View, ...] = (
    View("GET", LIST, settlements.show_settlements, READ, staff=True),
    View("POST", LIST, settlements.take_settlement, WRITE, staff=True),
    View("GET", f"{LIST}/payouts.csv", settlements.download_payouts, READ, staff=True),
    View("GET", f"{LIST}/{{settlement_id}}", settlements.show_settlement, READ, staff=True),
    View("POST", f"{LIST}/exceptions/{{exception_id}}", settlements.resolve_exception, WRITE, staff=True),
    View("POST", f"{LIST}/webhooks/{{received_webhook_id}}", settlements.replay_webhook, WRITE, staff=True),
)
