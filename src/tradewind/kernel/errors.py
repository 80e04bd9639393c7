"""Refusals: what a caller asked that cannot be done, with a code that programs can match on.

`kernel/http.py` alone knows their HTTP statuses; `kernel/wire.py` carries them between services unchanged.
Bugs are assertions; outcomes that a caller must handle are returned values, not exceptions.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """`code` is stable and snake_case; `message` says what would be right; `field` names the input's part."""

    def __init__(
        self, code: str, message: str, *, field: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.field, self.details = code, message, field, details


class Invalid(Refusal):
    """The input is malformed or breaks a documented limit."""


class Malformed(Refusal):
    """The body is not what its media type says: it cannot be read at all."""


class UnsupportedMedia(Refusal):
    """The body is of a media type that the route does not read."""


class MethodNotAllowed(Refusal):
    """The path exists, the method on it does not; `details.allow` lists those that do."""


class Unauthenticated(Refusal):
    """Who is calling is not known: no credentials, or ones that are not (or no longer) valid."""


class Forbidden(Refusal):
    """The caller is known and may not do this. What belongs to others is NotFound instead."""


class NotFound(Refusal):
    """It does not exist, or the caller may not know that it does."""


class Conflict(Refusal):
    """Well-formed, but the state of things does not allow it now."""


class TooLarge(Refusal):
    """The body is above the route's limit."""


class TooManyRequests(Refusal):
    """A limit was reached; `retry_after_seconds` says when to come again."""

    def __init__(self, code: str, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(code, message, details={"retry_after_seconds": retry_after_seconds})


class Unavailable(Refusal):
    """No answer was had in time. The outcome is unknown: ask again by the same key, never assume."""

    def __init__(self, code: str, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(code, message, details={"retry_after_seconds": retry_after_seconds})


REFUSALS: dict[str, type[Refusal]] = {
    kind.__name__: kind
    for kind in (
        Invalid,
        Malformed,
        UnsupportedMedia,
        MethodNotAllowed,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        TooLarge,
        TooManyRequests,
        Unavailable,
    )
}


def refusal(kind: str, code: str, message: str, field: str | None, details: dict[str, Any] | None) -> Refusal:
    """A refusal from its parts, as they came over the wire."""
    made = REFUSALS.get(kind, Refusal)
    if made in (TooManyRequests, Unavailable):
        seconds = int((details or {}).get("retry_after_seconds", 1))
        return made(code, message, retry_after_seconds=seconds)
    return made(code, message, field=field, details=details)
