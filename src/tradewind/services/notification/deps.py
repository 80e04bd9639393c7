"""What the notification service's functions are handed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property

from tradewind.contracts.order import ORDER_LINK
from tradewind.contracts.user import User
from tradewind.kernel.clock import Clock
from tradewind.kernel.sealing import Sealer
from tradewind.kernel.tickets import Tickets
from tradewind.ports.database import Database
from tradewind.ports.mailer import Mailer
from tradewind.services.notification.links import Links
from tradewind.services.notification.live import LiveFeed
from tradewind.services.notification.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    clock: Clock
    settings: Settings
    sealer: Sealer
    tickets: Tickets
    mailer: Mailer
    user: User

    @cached_property
    def live(self) -> LiveFeed:
        """One a process, which all its streams look at."""
        return LiveFeed()

    @cached_property
    def something_to_send(self) -> asyncio.Event:
        return asyncio.Event()

    @cached_property
    def links(self) -> Links:
        """As they stand in mails. The purposes of the sealers are part of the contracts of user and order."""
        return Links(
            self.settings.public_url,
            Sealer(self.settings.secret_key, "user.password_reset"),
            Sealer(self.settings.secret_key, ORDER_LINK),
            self.sealer,
        )

    @cached_property
    def shown_links(self) -> Links:
        """As staff may see them: without the tokens, which would open what is the reader's alone."""
        if self.settings.show_secret_links and not self.mailer.delivers:
            return self.links
        return self.links.masked()
