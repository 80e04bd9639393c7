"""All routes of what happens to an order after it was sold."""

from __future__ import annotations

from tradewind.services.order.routes.claims import CLAIM_ROUTES
from tradewind.services.order.routes.edits import EDIT_ROUTES, EXCHANGE_ROUTES
from tradewind.services.order.routes.returns import RETURN_ROUTES

AFTER_SALE_ROUTES = EDIT_ROUTES + EXCHANGE_ROUTES + RETURN_ROUTES + CLAIM_ROUTES
