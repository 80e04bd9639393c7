"""Where a copy lies: a folder that one process holds, kept from run to run, or one that goes with the process.

What is in it is said by `held.json`, written after each commit: a crash in between has the last changes applied
again, which is harmless. A new index is built in a folder beside, and takes its place by that file.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import tantivy

from tradewind.adapters.search_index.schema import Layout
from tradewind.ports.search_index import Held, SearchIndexUnavailable

LOCK, HELD = "lock", "held.json"


class _Kept(msgspec.Struct, frozen=True):
    folder: str  # below ours
    fingerprint: str
    source: str
    position: int


class IndexFolder:
    def __init__(self, path: Path | None, layout: Layout) -> None:
        """`path` None, or held by another process: a temporary folder."""
        self._wanted, self._layout = path, layout
        self._path: Path | None = None
        self._lock: int | None = None
        self._temporary = False

    def open(self) -> tuple[Any, Held] | None:
        """The index that is kept here, if it can be read as this layout. Raises SearchIndexUnavailable."""
        self._take()
        return self._kept(self._place)

    def peek(self) -> tuple[Any, Held] | None:
        """What the process that holds the folder keeps there, to read."""
        return None if self._wanted is None else self._kept(self._wanted)

    def fresh(self) -> tuple[Path, Any]:
        """An empty index in a folder beside."""
        folder = Path(tempfile.mkdtemp(prefix="index-", dir=self._place))
        index = tantivy.Index(self._layout.schema, str(folder), reuse=False)
        self._layout.register(index)
        return folder, index

    def keep(self, folder: Path, held: Held) -> None:
        """From now on `folder` is the index, and this is what it holds."""
        said = _Kept(folder.name, self._layout.fingerprint, held.source, held.position)
        written = self._place / f"{HELD}.new"
        written.write_bytes(msgspec.json.encode(said))
        written.replace(self._place / HELD)

    def clear_others(self, folder: Path | None) -> None:
        """Whatever index is not this one goes."""
        for other in self._place.glob("index-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def release(self) -> None:
        if self._temporary and self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
        self._lock = self._path = None

    @property
    def _place(self) -> Path:
        assert self._path is not None, "taken when it was opened"
        return self._path

    def folder_kept(self) -> Path:
        said = msgspec.json.decode((self._place / HELD).read_bytes(), type=_Kept)
        return self._place / said.folder

    def _take(self) -> None:
        if self._wanted is not None and self._lock_folder(self._wanted):
            self._path = self._wanted
            return
        self._temporary = True
        self._path = Path(tempfile.mkdtemp(prefix="tradewind-search-"))

    def _lock_folder(self, path: Path) -> bool:
        try:
            path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise SearchIndexUnavailable(f"{path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _kept(self, place: Path) -> tuple[Any, Held] | None:
        try:
            said = msgspec.json.decode((place / HELD).read_bytes(), type=_Kept)
            if said.fingerprint != self._layout.fingerprint:
                return None
            index = tantivy.Index.open(str(place / said.folder))
            self._layout.register(index)
            index.searcher()
        except (OSError, ValueError, msgspec.MsgspecError):
            return None  # half written, or not ours: it is built anew
        return index, Held(said.source, said.position)
