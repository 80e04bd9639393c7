"""What a picture looks like is kept, what it tells of its maker is not."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from tradewind.kernel.picture_formats import Broken, NotAPicture, picture_of
from tradewind.kernel.picture_metadata import without_metadata

SECRET = b"Karlstrasse 12"
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def taken(kind: str, side_up: int = 6, **options: object) -> bytes:
    """As a camera writes it: with place, time, words and a colour profile."""
    exif = Image.Exif()
    exif[Base.Orientation] = side_up
    exif[Base.ImageDescription] = SECRET.decode()
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (51.0, 20.0, 23.0)
    picture = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    told: dict[str, object] = {"exif": exif, "icc_profile": b"a profile of colours"}
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", SECRET.decode())
        words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        told["pnginfo"] = words
    else:
        told["xmp"] = b"<x>" + SECRET + b"</x>"
    if kind == "JPEG":
        told["comment"] = SECRET
    written = io.BytesIO()
    picture.save(written, kind, **told, **options)
    return written.getvalue()


OPTIONS: dict[str, dict[str, object]] = {
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_rows": 1},
}


@pytest.mark.parametrize("side_up", [1, 6, 8])
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("JPEG", "plain"),
        ("JPEG", "progressive"),
        ("JPEG", "with restarts"),
        ("PNG", "plain"),
        ("WEBP", "plain"),
    ],
)
def test_it_looks_the_same_and_tells_nothing(kind: str, how: str, side_up: int) -> None:
    content = taken(kind, side_up, **OPTIONS.get(how, {}))
    assert SECRET in content
    bare = without_metadata(content, KINDS[kind])
    assert SECRET not in bare and picture_of(bare) == picture_of(content)
    assert without_metadata(bare, KINDS[kind]) == bare
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(bare)) as after:
        shown = ImageOps.exif_transpose(after)
        assert shown.tobytes() == ImageOps.exif_transpose(before).tobytes()
        assert shown.size == ((30, 40) if side_up > 4 else (40, 30))
        assert after.info["icc_profile"] == b"a profile of colours"
        told = after.getexif()
        assert dict(told) == ({Base.Orientation: side_up} if side_up != 1 else {})
        assert not told.get_ifd(IFD.GPSInfo)


def test_what_is_behind_a_jpegs_end_is_left_out() -> None:
    """A phone that takes several pictures at once puts the others there, each with the place."""
    content = taken("JPEG")
    assert without_metadata(content + taken("JPEG"), "image/jpeg") == without_metadata(content, "image/jpeg")


def test_a_picture_that_moves_still_moves() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:], xmp=SECRET)
    bare = without_metadata(written.getvalue(), "image/webp")
    with Image.open(io.BytesIO(bare)) as after:
        assert (getattr(after, "n_frames", 1), SECRET in bare) == (3, False)


@pytest.mark.parametrize(
    "tiff", [b"", b"XX", b"MM\0*", b"MM\0*" + struct.pack(">I", 4_000_000), b"II*\0\x08\0\0\0\xff\xff"]
)
def test_a_damaged_exif_is_left_out(tiff: bytes) -> None:
    told = b"Exif\0\0" + tiff
    content = taken("JPEG", side_up=1)
    damaged = content[:2] + b"\xff\xe1" + struct.pack(">H", len(told) + 2) + told + content[2:]
    assert without_metadata(damaged, "image/jpeg") == without_metadata(content, "image/jpeg")


def test_a_million_parts_are_not_looked_at() -> None:
    content, part = taken("JPEG"), b"\xff\xec\x00\x02"
    for many in (
        content[:2] + part * 1_000_000 + content[2:],
        content[:-2] + part * 1_000_000 + content[-2:],
    ):
        with pytest.raises(Broken):
            picture_of(many)
            without_metadata(many, "image/jpeg")


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), at=st.integers(2, 3000), rest=st.binary(max_size=60))
def test_whatever_comes_is_a_picture_or_broken(kind: str, at: int, rest: bytes) -> None:
    content = taken(kind)
    content = content[: at % len(content)] + rest + content[at % len(content) + len(rest) :]
    try:
        picture = picture_of(content)
        bare = without_metadata(content, picture.media_type)
    except (Broken, NotAPicture):
        return
    assert picture_of(bare) == picture
