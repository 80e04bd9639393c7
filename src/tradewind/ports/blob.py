"""Files that the shop was given and shows: bytes under a name, kept until they are deleted.

What a name stands for never changes, so its holder may be asked as often, and its answer be kept as long, as
one likes. Whoever puts a blob makes its name from its content, or from an id that nothing else has. Names that end
in PRIVATE are shown by no public route.
"""

from __future__ import annotations

import re
from typing import Protocol

PRIVATE = ".private"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.[a-z0-9]{1,10}")


class BlobsUnavailable(Exception):
    """Where the blobs are kept does not answer, or takes no more."""


class Blobs(Protocol):
    async def put(self, name: str, content: bytes) -> None:
        """Kept for good once it returns; the same name again changes nothing.

        Raises ValueError for a name that is not as NAME says, BlobsUnavailable.
        """
        ...

    async def get(self, name: str) -> bytes | None:
        """None for a name that was never put, whatever its form. Raises BlobsUnavailable."""
        ...

    async def delete(self, name: str) -> None:
        """Gone for good once it returns; what is not there is gone already. Raises BlobsUnavailable."""
        ...
