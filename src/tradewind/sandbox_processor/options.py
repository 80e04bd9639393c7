"""What the command line settles, once, for the life of the process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`return_origins` empty means: any origin on a loopback address."""

    public_url: str
    hang_seconds: float = 30.0
    slow_seconds: float = 2.0
    webhook_retry_seconds: float = 1.0
    webhook_timeout_seconds: float = 5.0
    webhook_tries: int = 10
    return_origins: tuple[str, ...] = ()
    verbose: bool = False
