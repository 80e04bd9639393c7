"""HTTP of the analytics service: events in, reports out."""

from __future__ import annotations

from tradewind.services.analytics.routes.events import EVENT_ROUTES
from tradewind.services.analytics.routes.history import HISTORY_ROUTES
from tradewind.services.analytics.routes.reports import REPORT_ROUTES

ROUTES = (*EVENT_ROUTES, *REPORT_ROUTES, *HISTORY_ROUTES)
