"""Which picture some bytes are: their kind and size, read from the headers, and whether they are whole. Pure.

What is shown on the shop's own origin must be a picture and nothing else: the kind comes from the content, not
from what its sender called it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import msgspec

LONGEST_SIDE_PIXELS = 12_000
MOST_PIXELS = 60_000_000
MOST_SEGMENTS = 5_000  # of a JPEG; real ones have some dozens, and each is looked at

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Start of frame, by whatever process; C4, C8 and CC are among them and say something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAPicture(Exception):
    """Neither WebP nor PNG nor JPEG."""


class Broken(Exception):
    """It begins as a picture and is not one: cut short, or damaged."""


class Picture(msgspec.Struct, frozen=True):
    media_type: str
    width: int
    height: int

    @property
    def fits(self) -> bool:
        longest = max(self.width, self.height)
        return longest <= LONGEST_SIDE_PIXELS and self.width * self.height <= MOST_PIXELS


def picture_of(content: bytes) -> Picture:
    """Raises NotAPicture and Broken."""
    try:
        if content.startswith(_PNG):
            return Picture("image/png", *_png_size(content))
        if content.startswith(_JPEG):
            return Picture("image/jpeg", *_jpeg_size(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return Picture("image/webp", *_webp_size(content))
    except (struct.error, IndexError) as error:
        raise Broken("it ends too early") from error
    raise NotAPicture("pictures are WebP, PNG or JPEG")


def _sized(width: int, height: int) -> tuple[int, int]:
    if width < 1 or height < 1:
        raise Broken("it has no size")
    return width, height


def _png_size(content: bytes) -> tuple[int, int]:
    """PNG specification, 5.3: chunks of length, type, data and CRC, from IHDR to IEND."""
    size, kind, end = None, b"", 0
    for kind, at, end in png_chunks(content):
        if size is None:
            if kind != b"IHDR" or end - at != 25:
                raise Broken("it does not begin with its size")
            size = _sized(*struct.unpack_from(">II", content, at + 8))
    if size is None or kind != b"IEND" or end != len(content):
        raise Broken("it does not end where it should")
    return size


def png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each kind with where its chunk begins and ends, length and CRC included. Raises Broken for a wrong CRC, and
    struct.error where it ends too early."""
    at, kind = len(_PNG), b""
    while at < len(content) and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        (crc,) = struct.unpack_from(">I", content, end)
        if crc != zlib.crc32(memoryview(content)[at + 4 : end]):
            raise Broken("a part of it is damaged")
        yield kind, at, end + 4
        at = end + 4


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """ITU-T T.81, B.1: segments until the first scan; one of them is the frame, with the size."""
    size = None
    for marker, at in jpeg_segments(content):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 3)
            size = _sized(width, height)
        if marker == 0xDA:
            break
    else:
        raise Broken("it has no scan")
    if size is None:
        raise Broken("it does not say its size")
    if content.rfind(b"\xff\xd9", at) < 0:
        raise Broken("it does not end where it should")
    return size


def jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Each marker with where its length stands, to the first scan and on: its caller stops there. Raises Broken
    for what is no segment, and struct.error where it ends too early."""
    at, segments = 2, 0
    while at < len(content):
        segments += 1
        if content[at] != 0xFF or segments > MOST_SEGMENTS:
            raise Broken("a part of it is damaged")
        while content[at] == 0xFF:  # a marker may be preceded by any number of these
            at += 1
        marker = content[at]
        at += 1
        (length,) = struct.unpack_from(">H", content, at)
        if length < 2:
            raise Broken("a part of it is damaged")
        yield marker, at
        at += length


def _webp_size(content: bytes) -> tuple[int, int]:
    """RFC 9649: a RIFF whose first chunk tells the size, in one of three ways."""
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 != len(content):
        raise Broken("it does not end where it should")
    kind, length = struct.unpack_from("<4sI", content, 12)
    if 20 + length > len(content):
        raise Broken("it ends too early")
    if kind == b"VP8X":
        width, height = content[24:27], content[27:30]
        return _sized(int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1)
    if kind == b"VP8L" and content[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", content, 21)
        return _sized((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        return _sized(width & 0x3FFF, height & 0x3FFF)
    raise Broken("a part of it is damaged")
