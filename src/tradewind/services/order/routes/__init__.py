"""The order service over HTTP: carts, orders, and the shop's terms."""

from __future__ import annotations

from tradewind.services.order.routes.after_sale import AFTER_SALE_ROUTES
from tradewind.services.order.routes.back_office import BACK_OFFICE_ROUTES
from tradewind.services.order.routes.carts import CART_ROUTES
from tradewind.services.order.routes.drafts import DRAFT_ROUTES
from tradewind.services.order.routes.fulfilments import FULFILMENT_ROUTES
from tradewind.services.order.routes.holds import HOLD_ROUTES
from tradewind.services.order.routes.imports import IMPORT_ROUTES
from tradewind.services.order.routes.orders import ORDER_ROUTES
from tradewind.services.order.routes.promotions import PROMOTION_ROUTES
from tradewind.services.order.routes.quotes import QUOTE_ROUTES
from tradewind.services.order.routes.record import RECORD_ROUTES
from tradewind.services.order.routes.terms import TERMS_ROUTES

ROUTES = (
    CART_ROUTES
    + ORDER_ROUTES
    + BACK_OFFICE_ROUTES
    + FULFILMENT_ROUTES
    + HOLD_ROUTES
    + DRAFT_ROUTES
    + IMPORT_ROUTES
    + TERMS_ROUTES
    + RECORD_ROUTES
    + PROMOTION_ROUTES
    + QUOTE_ROUTES
    + AFTER_SALE_ROUTES
)
