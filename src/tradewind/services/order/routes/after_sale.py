"""All routes of what happens to an order after it was sold."""

from __future__ import annotations

from tradewind.services.order.routes.returns import RETURN_ROUTES

AFTER_SALE_ROUTES = RETURN_ROUTES
