"""The payment service over HTTP."""

from __future__ import annotations

from tradewind.services.payment.routes.disputes import DISPUTE_ROUTES
from tradewind.services.payment.routes.gift_cards import GIFT_CARD_ROUTES
from tradewind.services.payment.routes.methods import METHOD_ROUTES
from tradewind.services.payment.routes.payments import PAYMENT_ROUTES

ROUTES = PAYMENT_ROUTES + GIFT_CARD_ROUTES + METHOD_ROUTES + DISPUTE_ROUTES
