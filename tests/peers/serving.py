"""What both peers share: a server in a thread of its own, trouble on command, and webhooks that are sent."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

WEBHOOK_TRIES = 20
WEBHOOK_RETRY_SECONDS = 0.2
HANG_SECONDS = 8.0

P = TypeVar("P", bound="Peer")


@dataclass
class Fault:
    """`silence` and `reset` `_before` or `_after` the effect; `error`: 500; `too_many`: 429; `slow`. The first
    `skip` requests are let through."""

    operation: str
    kind: str
    times: int = 1
    seconds: float = 0.2
    skip: int = 0


@dataclass
class Effect:
    """Something that did happen to a shopper's money."""

    kind: str
    reference: str
    amount: str
    currency: str


@dataclass
class Account:
    """One merchant at the peer."""

    name: str
    faults: list[Fault] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    objects: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    webhooks: dict[str, Any] = field(default_factory=dict)

    def trouble(self, operation: str, kinds: tuple[str, ...]) -> Fault | None:
        """The first fault ordered for the operation, one time fewer of it left."""
        for fault in self.faults:
            if fault.times > 0 and fault.operation in (operation, "any") and fault.kind in kinds:
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def did(self, kind: str, reference: str, amount: str, currency: str) -> None:
        self.effects.append(Effect(kind, reference, amount, currency))


class Peer(ABC):
    """Base of a peer: accounts by name, control routes under /_peer/ACCOUNT/, webhooks."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self.url = ""
        self._sending: set[asyncio.Task[None]] = set()

    def account(self, name: str) -> Account:
        """Made when it is first spoken of."""
        return self._accounts.setdefault(name, Account(name))

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_get("/_peer/{account}/effects", self._list_effects)
        app.router.add_put("/_peer/{account}", self._set_account)
        self.add_routes(app)
        return app

    @abstractmethod
    def add_routes(self, app: web.Application) -> None: ...

    async def _list_effects(self, request: web.Request) -> web.Response:
        account = self.account(request.match_info["account"])
        return web.json_response([vars(effect) for effect in account.effects])

    async def _set_account(self, request: web.Request) -> web.Response:
        """`faults`, `options`, `revoked`, `webhooks`: each replaces what was there, where it is given."""
        account, given = self.account(request.match_info["account"]), await request.json()
        if "faults" in given:
            account.faults = [Fault(**one) for one in given["faults"]]
        account.options = given.get("options", account.options)
        account.revoked = set(given.get("revoked", account.revoked))
        account.webhooks = given.get("webhooks", account.webhooks)
        return web.json_response({})

    async def with_trouble(
        self,
        request: web.Request,
        account: Account,
        operation: str,
        work: Callable[[], Awaitable[web.Response]],
    ) -> web.Response:
        """Do the work, unless a fault before it was ordered; one after it keeps the answer back."""
        if account.trouble(operation, ("silence_before",)):
            await _hang(request)
        if account.trouble(operation, ("reset_before",)):
            _hang_up(request)
        slow = account.trouble(operation, ("slow",))
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        answer = await work()
        if account.trouble(operation, ("silence_after",)):
            await _hang(request)
        if account.trouble(operation, ("reset_after",)):
            _hang_up(request)
        return answer

    def send_webhook(self, account: Account, headers: Callable[[], dict[str, str]], body: bytes) -> None:
        """Until it is taken, and each try signed anew."""
        url = account.webhooks.get("url")
        if not url:
            return

        async def deliver() -> None:
            async with aiohttp.ClientSession() as session:
                for _ in range(WEBHOOK_TRIES):
                    if await _is_taken(session, url, body, headers()):
                        return
                    await asyncio.sleep(WEBHOOK_RETRY_SECONDS)

        task = asyncio.get_running_loop().create_task(deliver())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


async def _is_taken(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status < 300
    except aiohttp.ClientError:
        return False


async def _hang(request: web.Request) -> None:
    await asyncio.sleep(HANG_SECONDS)
    _hang_up(request)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("ordered")


@contextmanager
def serving(peer: P) -> Iterator[P]:
    """The peer, answering at its `url` from a thread of its own."""
    loop, started = asyncio.new_event_loop(), threading.Event()
    problem: list[OSError] = []
    runner = web.AppRunner(peer.app(), shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        peer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(start())
        except OSError as error:
            problem.append(error)
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, name="peer", daemon=True)
    thread.start()
    started.wait(10)
    assert not problem, problem
    try:
        yield peer
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
