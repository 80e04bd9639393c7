"""Cursors: opaque to clients, the sort key and id of the last row to us. Stable while rows come and go."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from tradewind.kernel.errors import Invalid
from tradewind.kernel.storable import refuse_unstorable

T = TypeVar("T")


def encode_cursor(*position: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def decode_cursor(cursor: str, shape: type[T]) -> T:
    """`shape` is a tuple type, such as tuple[datetime, UUID]. Raises Invalid for what we did not make."""
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        position = msgspec.json.decode(text, type=shape)
        refuse_unstorable(position)
    except (ValueError, msgspec.MsgspecError, Invalid) as error:
        raise Invalid(
            "cursor_invalid", "use the `next` of the page before, with the same sort", field="cursor"
        ) from error
    return position
