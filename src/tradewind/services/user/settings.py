"""What of the user service may be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    secret_key: str = setting(
        help="the installation's secret: seals what must not be read from the database",
        secret=True,
        development="development only: not a secret at all",
    )
    session_days: int = setting(30, help="a session ends so many days after log-in, whatever happens")
    idle_days: int = setting(7, help="a session that is not used for so many days ends earlier")
    hash_workers: int = setting(2, help="threads that hash passwords; each takes hash_memory_kib")
    hash_queue: int = setting(64, help="log-ins that may wait for a hashing thread; more are answered 429")
    hash_memory_kib: int = setting(19456, help="memory of one Argon2id hash (OWASP: 19456 with 2 passes)")
    hash_passes: int = setting(2, help="passes of one Argon2id hash over its memory")
    show_reset_tokens: bool = setting(
        False, help="write password reset tokens to the log; for development without mail, never elsewhere"
    )
