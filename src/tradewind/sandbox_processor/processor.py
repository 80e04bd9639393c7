"""All that a request is served with. Handlers take it as `processor`."""

import asyncio
import datetime as dt
import secrets
import sqlite3
from dataclasses import dataclass, field

from tradewind.sandbox_processor.options import Options
from tradewind.sandbox_processor.vault import Vault


@dataclass(slots=True)
class Processor:
    """`under_way` maps the merchant and idempotency key of each unfinished request to its hash.

    It is kept in memory alone: an effect and its answer commit together, so a request cut short by
    the end of the process has left neither.
    """

    options: Options
    db: sqlite3.Connection
    vault: Vault
    under_way: dict[tuple[str, str], bytes] = field(default_factory=dict)
    event_added: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def timestamp() -> str:
    """RFC 3339, in UTC, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id(prefix: str) -> str:
    """96 random bits: not to be guessed, for a challenge is opened by nothing else."""
    return f"{prefix}_{secrets.token_hex(12)}"
