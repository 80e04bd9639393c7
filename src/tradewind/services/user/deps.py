"""What the user service's functions are handed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.sealing import Sealer
from tradewind.ports.database import Database
from tradewind.services.user.password_hashing import PasswordHashing
from tradewind.services.user.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    sealer: Sealer

    @cached_property
    def passwords(self) -> PasswordHashing:
        settings = self.settings
        return PasswordHashing(
            workers=settings.hash_workers,
            queue=settings.hash_queue,
            memory_kib=settings.hash_memory_kib,
            passes=settings.hash_passes,
        )

    @cached_property
    def reset_sealer(self) -> Sealer:
        """Its purpose is part of the contract: the notification service opens what it seals."""
        return Sealer(self.settings.secret_key, "user.password_reset")
