"""Text leaves compressed where the client can read it so. What is asked for again is not compressed again."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict

from tradewind.kernel.http import JSON, PROBLEM, Header, Request, Response

SMALLEST_BYTES = 1024
LARGEST_INLINE_BYTES = 256 * 1024  # more would hold up every other request: it goes to a thread
LEVEL = 5
_GZIP_WINDOW_BITS = 31
_VARY: Header = (b"vary", b"accept-encoding")
_TEXT = (
    b"text/",
    b"application/json",
    b"application/problem+json",
    b"application/javascript",
    b"image/svg+xml",
)


class Compression:
    def __init__(self, cache_bytes: int) -> None:
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()  # by ETag, which stands for the content
        self._room = cache_bytes

    async def apply(self, request: Request, response: Response) -> None:
        """To be called for a body of SMALLEST_BYTES or more only."""
        if not _is_text(response.headers):
            return
        response.headers.append(_VARY)
        accepted = request.headers.get(b"accept-encoding")
        if accepted is None or not accepts_gzip(accepted):
            return
        tag_at, tag = _tag(response.headers)
        compressed = self._cache.get(tag) if tag else None
        if compressed is None:
            if len(response.body) > LARGEST_INLINE_BYTES:
                compressed = await asyncio.to_thread(gzip, response.body)
            else:
                compressed = gzip(response.body)
            if tag:
                self._keep(tag, compressed)
        else:
            self._cache.move_to_end(tag)
        response.body = compressed
        response.headers.append((b"content-encoding", b"gzip"))
        if tag:  # weak now: these are other bytes of the same content
            response.headers[tag_at] = (b"etag", b"W/" + tag)

    def _keep(self, tag: bytes, compressed: bytes) -> None:
        if tag in self._cache or len(compressed) > self._room // 4:
            return
        self._cache[tag] = compressed
        self._room -= len(compressed)
        while self._room < 0:
            _, dropped = self._cache.popitem(last=False)
            self._room += len(dropped)


def gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=_GZIP_WINDOW_BITS)
    return packer.compress(body) + packer.flush()


def accepts_gzip(header: bytes) -> bool:
    if b"gzip" not in header:
        return False
    if b"q=0" not in header:
        return True
    for part in header.split(b","):
        name, _, weight = part.partition(b";")
        if name.strip() == b"gzip":
            return weight.replace(b" ", b"").rstrip(b"0") not in (b"q=", b"q=0.")
    return False


def _is_text(headers: list[Header]) -> bool:
    if headers and (headers[0] == JSON or headers[0] == PROBLEM):
        return True
    kind = b""
    for name, value in headers:
        if name == b"content-type":
            kind = value
        elif name == b"content-encoding":
            return False
    return kind.startswith(_TEXT) or b"+json" in kind


def _tag(headers: list[Header]) -> tuple[int, bytes]:
    """Where the ETag is, and a strong one's value; empty where there is none."""
    for index, (name, value) in enumerate(headers):
        if name == b"etag" and value.startswith(b'"'):
            return index, value
    return -1, b""
