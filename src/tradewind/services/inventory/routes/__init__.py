"""HTTP of the inventory service, by what the routes are about."""

from __future__ import annotations

from tradewind.kernel.http import Route
from tradewind.services.inventory.routes import (
    adjustments,
    bins,
    counts,
    lots,
    low_stock,
    picking,
    policies,
    purchase_orders,
    stock,
    stock_files,
    suppliers,
    transfers,
)

ROUTES: tuple[Route, ...] = (
    *stock.ROUTES,
    *policies.ROUTES,
    *lots.ROUTES,
    *suppliers.ROUTES,
    *purchase_orders.ROUTES,
    *transfers.ROUTES,
    *counts.ROUTES,
    *bins.ROUTES,
    *adjustments.ROUTES,
    *picking.ROUTES,
    *low_stock.ROUTES,
    *stock_files.ROUTES,
)
