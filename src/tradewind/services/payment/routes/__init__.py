"""The payment service over HTTP."""

from __future__ import annotations

from tradewind.services.payment.routes.disputes import DISPUTE_ROUTES
from tradewind.services.payment.routes.gift_cards import GIFT_CARD_ROUTES
from tradewind.services.payment.routes.methods import METHOD_ROUTES
from tradewind.services.payment.routes.payments import PAYMENT_ROUTES
from tradewind.services.payment.routes.settlements import SETTLEMENT_ROUTES
from tradewind.services.payment.routes.webhooks import WEBHOOK_ROUTES

ROUTES = (
    PAYMENT_ROUTES + GIFT_CARD_ROUTES + METHOD_ROUTES + DISPUTE_ROUTES + SETTLEMENT_ROUTES + WEBHOOK_ROUTES
)
