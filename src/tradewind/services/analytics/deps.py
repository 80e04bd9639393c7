"""What composition hands to the analytics service."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.clock import Clock
from tradewind.ports.analytics_store import AnalyticsStore
from tradewind.ports.database import Database
from tradewind.services.analytics.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    store: AnalyticsStore
    clock: Clock
    settings: Settings
