"""HTTP of the inventory service, by what the routes are about."""

from __future__ import annotations

from tradewind.kernel.http import Route
from tradewind.services.inventory.routes import stock

ROUTES: tuple[Route, ...] = (*stock.ROUTES,)
