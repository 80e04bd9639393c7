"""Settings of the order service."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    secret_key: str = setting(
        help="installation's secret, at least 32 characters: signs guests' order links",
        development="development only: not a secret at all",
        secret=True,
    )
    decide_minutes: int = setting(30, help="an order unpaid for so long is cancelled and its stock released")
    resume_seconds: float = setting(20.0, help="an order left in the middle is driven on after so long")
    abandoned_after_seconds: float = setting(
        3600.0, help="a cart with something in it that nobody touched for so long is told as abandoned"
    )
    return_days: int = setting(30, help="so many days after a parcel came, its customer may ask for a return")
    number_prefix: str = setting("TW-", help="what an order's number begins with")
