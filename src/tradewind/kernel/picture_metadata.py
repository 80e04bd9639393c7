"""Pictures without what they tell of who took them, where and with what. Pure.

Kept is what a picture looks like: pixels, colour profile, and which side is up. Cameras write down the place;
what is shown to everybody, or kept of a customer, must not.
"""

from __future__ import annotations

import re
import struct
import zlib

from tradewind.kernel.picture_formats import MOST_SEGMENTS, Broken, jpeg_segments, png_chunks

_EXIF = b"Exif\0\0"
_ORIENTATION, _SHORT = 0x0112, 3
# In a scan, FF stands before 00 (itself) and D0 to D7 (restarts); before anything else it begins the next segment.
_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
_PNG_TOLD = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
_WEBP_SHOWN = frozenset((b"VP8 ", b"VP8L", b"ICCP", b"ANIM", b"ANMF", b"ALPH"))
_WEBP_HAS_EXIF, _WEBP_HAS_XMP = 0x08, 0x04


def without_metadata(content: bytes, media_type: str) -> bytes:
    """The same picture, of one that `picture_of` answered. The same for the same every time.
    Raises Broken where it is none."""
    try:
        if media_type == "image/jpeg":
            return _bare_jpeg(content)
        if media_type == "image/png":
            return _bare_png(content)
        return _bare_webp(content)
    except (struct.error, IndexError) as error:
        raise Broken("it ends too early") from error


def _bare_jpeg(content: bytes) -> bytes:
    """ITU-T T.81, B.1. What follows the picture's end (further pictures, of a phone that takes several) is left out."""
    parts: list[bytes] = []
    side_up, at = 1, 2
    for marker, start in jpeg_segments(content):
        (length,) = struct.unpack_from(">H", content, start)
        body, at = content[start + 2 : start + length], start + length
        if marker == 0xE1 and body.startswith(_EXIF):
            side_up = _side_up(body[len(_EXIF) :])
        if _is_shown(marker, body):
            parts.append(bytes((0xFF, marker)) + content[start:at])
        if marker == 0xDA:
            break
    if side_up != 1:
        told = _EXIF + _exif_of(side_up)
        first = 1 if parts[0][1] == 0xE0 else 0  # JFIF wants to come first
        parts.insert(first, b"\xff\xe1" + struct.pack(">H", len(told) + 2) + told)
    return b"\xff\xd8" + b"".join(parts) + _scans(content, at)


def _is_shown(marker: int, body: bytes) -> bool:
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0")
    return marker in (0xE0, 0xEE) or not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _scans(content: bytes, at: int) -> bytes:
    """From the first scan's data to the picture's end, with the tables between."""
    parts: list[bytes] = []
    while found := _AFTER_SCAN.search(content, at):
        marker = found[1][0]
        parts.append(content[at : found.start()])  # of no bytes, where segment follows segment
        if marker == 0xD9:
            return b"".join(parts) + b"\xff\xd9"
        (length,) = struct.unpack_from(">H", content, found.end())
        at = found.end() + length
        if length < 2 or len(parts) > 2 * MOST_SEGMENTS:
            break
        if _is_shown(marker, content[found.end() + 2 : at]):
            parts.append(bytes((0xFF, marker)) + content[found.end() : at])
    raise Broken("it does not end where it should")


def _bare_png(content: bytes) -> bytes:
    parts, side_up = [content[:8]], 1
    for kind, at, end in png_chunks(content):
        if kind == b"eXIf":
            side_up = _side_up(content[at + 8 : end - 4])
        if kind == b"IDAT" and side_up != 1:  # told before the pixels, and once
            parts.append(_png_chunk(b"eXIf", _exif_of(side_up)))
            side_up = 1
        if kind not in _PNG_TOLD:
            parts.append(content[at:end])
    return b"".join(parts)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bare_webp(content: bytes) -> bytes:
    """RFC 9649, 2.7: chunks of a kind and a length, padded to even."""
    parts: list[bytes] = []
    side_up, at = 1, 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > len(content):
            raise Broken("it ends too early")
        if kind == b"EXIF":
            side_up = _side_up(content[at + 8 : at + 8 + length].removeprefix(_EXIF))
        elif kind == b"VP8X":
            flags = content[at + 8] & ~(_WEBP_HAS_EXIF | _WEBP_HAS_XMP)
            parts.append(content[at : at + 8] + bytes((flags,)) + content[at + 9 : end])
        elif kind in _WEBP_SHOWN:
            parts.append(content[at:end])
        at = end
    if side_up != 1 and parts[0].startswith(b"VP8X"):
        told = _exif_of(side_up)
        parts[0] = parts[0][:8] + bytes((parts[0][8] | _WEBP_HAS_EXIF,)) + parts[0][9:]
        parts.append(b"EXIF" + struct.pack("<I", len(told)) + told)
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _side_up(tiff: bytes) -> int:
    """Which way the picture is turned, 1 to 8 (CIPA DC-008, 4.6.5.1.6); 1, as it is, where that is not to be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(entries):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * entry)
            if tag == _ORIENTATION and kind == _SHORT:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1  # damaged: a picture is shown without it, too
    return 1


def _exif_of(side_up: int) -> bytes:
    """One directory with one entry. An even number of bytes."""
    head = struct.pack(">2sHI", b"MM", 42, 8)
    return head + struct.pack(">HHHIHHI", 1, _ORIENTATION, _SHORT, 1, side_up, 0, 0)
