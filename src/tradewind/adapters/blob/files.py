"""Blobs as files of a folder, in subfolders by the first two characters of their names.

Several processes may share the folder: a file appears whole, under a name whose content is always the same.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Protocol

from tradewind.ports.blob import NAME, BlobsUnavailable


class BlobSettings(Protocol):
    @property
    def data_dir(self) -> str: ...


def open_file_blobs(settings: BlobSettings) -> FileBlobs:
    """In the folder `media` of the data folder, which is made when the first blob is put."""
    return FileBlobs(Path(settings.data_dir).resolve() / "media")


class FileBlobs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a blob")
        try:
            await asyncio.to_thread(_write, self._path(name), content)
        except OSError as error:
            raise BlobsUnavailable(f"{name} was not kept: {error}") from error

    async def get(self, name: str) -> bytes | None:
        if not NAME.fullmatch(name):
            return None
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BlobsUnavailable(f"{name} was not read: {error}") from error

    async def delete(self, name: str) -> None:
        if not NAME.fullmatch(name):
            return
        try:
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)
        except OSError as error:
            raise BlobsUnavailable(f"{name} was not deleted: {error}") from error

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _write(path: Path, content: bytes) -> None:
    """Written beside its place, made durable, then given its name: nobody ever reads half of it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    finally:
        Path(beside).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
