"""HTTP to commands and back, by what the routes are about."""

from __future__ import annotations

from tradewind.kernel.http import Route
from tradewind.services.product.routes import brands_and_categories, files, images, products, reviews

ROUTES: tuple[Route, ...] = (
    *products.ROUTES,
    *brands_and_categories.ROUTES,
    *files.ROUTES,
    *images.ROUTES,
    *reviews.ROUTES,
)
