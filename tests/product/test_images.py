"""Pictures: told from what only looks like one, kept, shown for good."""

from __future__ import annotations

import asyncio
import io
import struct
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.product.catalogue import Catalogue
from tests.shop import guest, staff
from tradewind.kernel.picture_formats import Broken, NotAPicture, Picture, picture_of

DEMO = Path(__file__).parents[2] / "src" / "tradewind" / "demo" / "media"


def drawn(kind: str, width: int = 40, height: int = 30, mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (width, height), 7).save(written, kind, **options)
    return written.getvalue()


REAL = {
    "lossy": ("image/webp", drawn("WEBP", quality=60)),
    "lossless": ("image/webp", drawn("WEBP", lossless=True)),
    "extended": ("image/webp", drawn("WEBP", mode="RGBA", exif=b"Exif\0\0", quality=50)),
    "png": ("image/png", drawn("PNG")),
    "palette": ("image/png", drawn("PNG", mode="P")),
    "jpeg": ("image/jpeg", drawn("JPEG")),
    "progressive": ("image/jpeg", drawn("JPEG", progressive=True, mode="L")),
}


@pytest.mark.parametrize("name", REAL)
def test_real_pictures_are_known_with_their_size(name: str) -> None:
    kind, content = REAL[name]
    assert picture_of(content) == Picture(kind, 40, 30)


def test_the_demo_pictures_are_pictures() -> None:
    sizes = {picture_of(path.read_bytes()).media_type for path in DEMO.glob("*.webp")}
    assert sizes == {"image/webp"}


@pytest.mark.parametrize("name", REAL)
def test_a_picture_cut_short_is_broken(name: str) -> None:
    _, content = REAL[name]
    for length in range(12, len(content) - 1, max(1, len(content) // 40)):
        with pytest.raises(Broken):
            picture_of(content[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html>",
        b"\x89PNG",
        b"%PDF-1.7",
    ],
)
def test_other_things_are_no_pictures(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        picture_of(content)


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from([content for _, content in REAL.values()]),
    at=st.integers(0, 2000),
    rest=st.binary(max_size=60),
)
def test_whatever_follows_is_answered(start: bytes, at: int, rest: bytes) -> None:
    try:
        picture = picture_of(start[: at % len(start)] + rest)
    except (Broken, NotAPicture):
        return
    assert picture.width > 0 and picture.height > 0


def test_a_page_hidden_behind_a_picture_is_refused() -> None:
    for content in (REAL["png"][1], REAL["lossy"][1]):
        with pytest.raises(Broken):
            picture_of(content + b"<script>alert(1)</script>")


async def test_a_picture_is_added_and_shown_for_good(catalogue: Catalogue) -> None:
    product_id = (await catalogue.create(images=[{"url": "/a.webp", "alt": "First"}]))["product_id"]
    path = f"/v1/products/{product_id}/images"
    for place, name in enumerate(("lossy", "png", "jpeg"), 1):
        kind, content = REAL[name]
        answer = await catalogue.http.post(path, params={"alt": f"Picture {name}"}, content=content)
        assert answer.status_code == 201, answer.text
        added = answer.json()
        assert (added["position"], added["width"], added["height"], added["version"]) == (
            place,
            40,
            30,
            place + 1,
        )
        shown = await catalogue.public.get(added["url"])
        assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, kind, content)
        assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
        known = await catalogue.public.get(added["url"], headers={"if-none-match": shown.headers["etag"]})
        assert known.status_code == 304
    again = await catalogue.http.post(path, params={"alt": "Another word"}, content=REAL["png"][1])
    assert again.json()["position"] == 2
    images = (await catalogue.detail(product_id))["images"]
    assert [image["alt"] for image in images] == ["First", "Picture lossy", "Another word", "Picture jpeg"]
    assert (await catalogue.detail(product_id))["version"] == 5


async def test_what_cannot_be_shown_is_refused(catalogue: Catalogue) -> None:
    product_id = (await catalogue.create())["product_id"]
    path, png = f"/v1/products/{product_id}/images", REAL["png"][1]
    huge = (
        REAL["lossless"][1][:20] + b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + REAL["lossless"][1][25:]
    )
    for content, status, code in (
        (b"", 415, "image_type_unknown"),
        (b"GIF89a", 415, "image_type_unknown"),
        (png[:-1], 422, "image_broken"),
        (huge, 422, "image_too_large"),
        (png + b"\0" * 5_000_000, 413, "body_too_large"),
    ):
        answer = await catalogue.http.post(path, content=content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    missing = await catalogue.http.post(f"/v1/products/{uuid.uuid4()}/images", content=png)
    assert (missing.status_code, missing.json()["code"]) == (404, "product_not_found")
    for principal, status in ((guest(), 401), (staff("support"), 403)):
        async with catalogue.shop.client(principal) as client:
            assert (await client.post(path, content=png)).status_code == status
    for name in ("none.webp", "none", "a.svg", "%2e%2e", "..%2f..%2fetc%2fpasswd"):
        assert (await catalogue.public.get(f"/media/{name}")).status_code == 404
    assert (await catalogue.detail(product_id))["images"] == []


async def test_a_product_has_room_for_fifty_pictures_also_at_once(catalogue: Catalogue) -> None:
    full = [{"url": f"/{number}.webp"} for number in range(47)]
    product_id = (await catalogue.create(images=full))["product_id"]
    answers = await asyncio.gather(
        *(
            catalogue.http.post(f"/v1/products/{product_id}/images", content=drawn("PNG", width=number))
            for number in range(1, 6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    assert len((await catalogue.detail(product_id))["images"]) == 50
