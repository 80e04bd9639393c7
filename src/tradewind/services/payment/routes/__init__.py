"""The payment service over HTTP."""

from __future__ import annotations

from tradewind.services.payment.routes.payments import PAYMENT_ROUTES

ROUTES = PAYMENT_ROUTES
