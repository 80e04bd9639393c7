"""HTTP <-> commands of the user service, by what they are about."""

from __future__ import annotations

from tradewind.kernel.http import Route
from tradewind.services.user.routes import accounts, addresses, api_keys, customers, sessions

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *sessions.ROUTES,
    *addresses.ROUTES,
    *api_keys.ROUTES,
    *customers.ROUTES,
)
