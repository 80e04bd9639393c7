"""HTTP of the notification service."""

from __future__ import annotations

from tradewind.services.notification.routes.messages import MESSAGE_ROUTES
from tradewind.services.notification.routes.preferences import PREFERENCE_ROUTES
from tradewind.services.notification.routes.stream import STREAM_ROUTES

ROUTES = MESSAGE_ROUTES + PREFERENCE_ROUTES + STREAM_ROUTES
