"""What everything that keeps blobs promises (ports/blob.py), run against each adapter that there is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tradewind.adapters.blob.files import FileBlobs
from tradewind.ports.blob import Blobs, BlobsUnavailable

Make = Callable[[Path], Blobs]
ADAPTERS: list[Make] = [lambda folder: FileBlobs(folder / "media")]
EVERY = pytest.mark.parametrize("make", ADAPTERS, ids=["files"])


@EVERY
async def test_what_was_put_is_there_for_every_process(make: Make, tmp_path: Path) -> None:
    blobs = make(tmp_path)
    assert await blobs.get("0a.webp") is None
    for name, content in (("0a.webp", b"first"), ("0b.webp", bytes(range(256)) * 4000), ("x.png", b"")):
        await blobs.put(name, content)
        assert await blobs.get(name) == await make(tmp_path).get(name) == content


@EVERY
async def test_the_same_again_changes_nothing_also_at_once(make: Make, tmp_path: Path) -> None:
    blobs, content = make(tmp_path), os.urandom(200_000)
    await asyncio.gather(*(blobs.put("same.jpg", content) for _ in range(10)))
    await blobs.put("same.jpg", b"something else")
    assert await blobs.get("same.jpg") == content


@EVERY
@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a.png",
        "a/b.png",
        "/etc/passwd",
        ".hidden",
        "A.png",
        "a.png\n",
        "a\0.png",
        "ä.png",
        "a" * 101 + ".png",
        "a",
    ],
)
async def test_only_plain_names_are_names(make: Make, tmp_path: Path, name: str) -> None:
    blobs = make(tmp_path)
    with pytest.raises(ValueError, match="name"):
        await blobs.put(name, b"content")
    assert await blobs.get(name) is None
    assert list(tmp_path.rglob("*")) == []


async def test_files_appear_whole_and_leave_nothing_beside_them(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    await asyncio.gather(*(blobs.put(f"a{number}.png", b"x" * 10_000) for number in range(20)))
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".png"}


async def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file, where the folder should be")
    blobs = FileBlobs(tmp_path / "media")
    with pytest.raises(BlobsUnavailable):
        await blobs.put("a.png", b"content")
    with pytest.raises(BlobsUnavailable):
        await blobs.get("a.png")


@EVERY
async def test_what_was_deleted_is_gone_for_every_process_and_may_be_deleted_again(
    make: Make, tmp_path: Path
) -> None:
    blobs = make(tmp_path)
    for name in ("0a.private", "0b.webp"):
        await blobs.put(name, b"content")
    for name in ("0a.private", "0a.private", "never.png", "../0b.webp", ""):
        await blobs.delete(name)
    assert await make(tmp_path).get("0a.private") is None
    assert await make(tmp_path).get("0b.webp") == b"content"
