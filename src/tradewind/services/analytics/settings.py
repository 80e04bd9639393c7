"""What an operator may set of the analytics service."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    data_dir: str = setting("data", help="the analytics store lives in the folder `analytics` of this one")
    memory_limit_mb: int = setting(128, help="memory that the analytics store may use for a query or a load")
    threads: int = setting(2, help="threads that the analytics store answers a query with")
    write_keys: tuple[str, ...] = setting(
        (),
        help="keys that programs and other sites send events with, parted by commas; the shop's own pages need none",
        development=("development-write-key",),
        secret=True,
    )
    timezone: str = setting("UTC", help="in which a report counts days when it is not told another")
    currency: str = setting("EUR", help="of a report that is not told another, where nothing was sold at all")
