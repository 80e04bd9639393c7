"""How guessing passwords is slowed without locking owners out.

Failures count for one e-mail address (known or not, see store.record_failure) and one source. A network that
holds a session of the account is a source of its own; all others are strangers together. So a guesser
elsewhere slows strangers down, never the owner at home; and even for strangers a pause is at most a
minute, is not prolonged by trying during it, and ends with a password reset.
"""

from __future__ import annotations

import ipaddress

FREE_FAILURES = 5
MOST_PAUSE_SECONDS = 64
FORGOTTEN_AFTER_SECONDS = 3600
STRANGERS = "strangers"
SESSION = "session"  # guesses at the current password by who holds a session


def pause_seconds(failures: int) -> int:
    """How long after so many failures in a row even the right password is refused: 0, then 1, 2, 4, ..."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(2 ** min(failures - FREE_FAILURES, 30), MOST_PAUSE_SECONDS))


def client_network(address: str) -> str:
    """What stays the same about a client's address: an IPv6 host changes its lower half at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
