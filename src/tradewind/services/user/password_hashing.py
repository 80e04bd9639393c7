"""Argon2id in few threads with a bounded queue: a rush of log-ins is turned away, not piled up."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

import argon2
from argon2.exceptions import VerifyMismatchError

from tradewind.kernel import deadline
from tradewind.kernel.errors import TooManyRequests

T = TypeVar("T")
MOST_WAIT_SECONDS = 30.0
COME_AGAIN_SECONDS = 2


class PasswordHashing:
    """Parameters default to OWASP's (Password Storage Cheat Sheet): 19456 KiB, 2 passes, 1 lane."""

    def __init__(self, *, workers: int, queue: int, memory_kib: int, passes: int) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="password")
        self._free = asyncio.Semaphore(workers)
        self._queue, self._waiting = queue, 0
        salt, digest = _unpadded(os.urandom(16)), _unpadded(os.urandom(32))
        self._dummy = f"$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${digest}"

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hash and verify inside one. As many turns run at once as there are threads.

        Raises TooManyRequests when the queue is full, Unavailable when the caller's deadline passed in it.
        """
        if self._free.locked() and self._waiting >= self._queue:
            raise TooManyRequests(
                "sign_in_busy",
                "too many people sign in at this moment: nothing was done, try again shortly",
                retry_after_seconds=COME_AGAIN_SECONDS,
            )
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            deadline.remaining_seconds(MOST_WAIT_SECONDS)
            yield
        finally:
            self._free.release()

    async def hash(self, password: str) -> str:
        """A PHC string with a salt of its own."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """None verifies against a hash that no password has: the answer takes as long as for an account."""

        def verified() -> bool:
            try:
                return self._hasher.verify(stored or self._dummy, password)
            except VerifyMismatchError:
                return False

        return await self._in_thread(verified)

    def outdated(self, stored: str) -> bool:
        """Made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _unpadded(value: bytes) -> str:
    return b64encode(value).rstrip(b"=").decode()
