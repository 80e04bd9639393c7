"""What an operator may set of the inventory service."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    expiry_batch: int = setting(50, help="Expired reservations that are released in one transaction.")
