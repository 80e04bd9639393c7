"""The processors as the conformance suite sees them: a gateway to each, cards of known ways, trouble on command."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
from aiohttp import web

from tests.processor import CHALLENGED, DECLINED, GOOD, NO_FUNDS, Merchant
from tradewind.adapters.payment_gateway import paypal, sandbox, stripe
from tradewind.ports.payment_gateway import Challenge, PaymentGateway, Source, TokenSource, WalletSource

RETURN_URL = "https://shop.example/orders/1/return"
Came = list[tuple[dict[bytes, bytes], bytes]]


@dataclass(frozen=True)
class Settings:
    """What any of the adapters reads."""

    processor_timeout_seconds: float = 0.4
    breaker_failures: int = 3
    breaker_open_seconds: float = 0.15
    processor_url: str = ""
    processor_public_url: str = ""
    processor_secret_key: str = ""
    processor_publishable_key: str = ""
    processor_webhook_secret: str = "whsec_Y29uZm9ybWFuY2Ugb2YgdGhlIGdhdGV3YXlzIQ=="
    stripe_url: str = ""
    stripe_secret_key: str = ""
    stripe_publishable_key: str = "pk_test_1"
    stripe_webhook_secret: str = "whsec_conformance_one"
    stripe_script_url: str = "https://js.stripe.com/v3/"
    stripe_wallets: tuple[str, ...] = ("klarna",)
    paypal_url: str = ""
    paypal_client_id: str = ""
    paypal_client_secret: str = ""
    paypal_webhook_ids: str = "WH-CONFORMANCE-1"
    paypal_certificates_url: str = ""
    paypal_roots_file: str = ""


class Party(Protocol):
    """A processor as a test sees it, with one gateway to it.

    `declines` says what a declined and a poor card are told as; `asks_first`: the shopper approves every
    payment at the processor's; `shown`: network and last four of the good card; `webhook_life`: how long after
    it was signed a webhook is still taken; `on_command`: effects can be looked at, trouble ordered, pages answered.
    """

    gateway: PaymentGateway
    return_url: str | None
    declines: dict[str, tuple[str, bool]]
    asks_first: bool
    on_command: bool
    webhook_life: timedelta
    shown: tuple[str, str]

    async def source(self, card: str) -> Source: ...
    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        """`silence_before` or `silence_after` its effect, `error`, `reset`: the next calls meet it."""
        ...

    async def confirm(self, challenge: Challenge, card: str, *, approve: bool) -> None: ...
    def another(self, **changes: Any) -> PaymentGateway:
        """A gateway with other settings, closed with the party."""
        ...

    def nowhere(self) -> dict[str, Any]:
        """Settings of a processor that nobody answers for."""
        ...

    def two_live(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Settings while a key and a webhook's secret are replaced: the new ones in front, and the old alone."""
        ...

    async def revoke_first_key(self) -> None: ...
    async def dispute(self, under: str) -> str:
        """The shopper disputes what was captured of the payment; the dispute's id."""
        ...

    async def effects(self) -> list[tuple[str, int]]: ...
    def webhooks(self) -> Any:
        """A context of headers and bodies of what the processor sends, as they come."""
        ...

    async def close(self) -> None: ...


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Came]]:
    """An address that takes webhooks, and what came there."""
    came: Came = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
        came.append((headers, await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", came
    finally:
        await runner.cleanup()


class SandboxParty:
    return_url = None
    declines = {"declined": ("card_declined", False), "no_funds": ("insufficient_funds", True)}
    asks_first = False
    on_command = True
    webhook_life = timedelta(minutes=5)
    shown = ("visa", "4242")
    _CARDS = {"good": GOOD, "declined": DECLINED, "no_funds": NO_FUNDS, "challenged": CHALLENGED}
    _KINDS = {
        "silence_before": "timeout_before",
        "silence_after": "timeout_after",
        "error": "error_500",
        "reset": "connection_reset",
    }

    def __init__(self, url: str) -> None:
        self.merchant = Merchant(url)
        self.settings = Settings(
            processor_url=url,
            processor_secret_key=self.merchant.secret_key,
            processor_publishable_key=self.merchant.publishable_key,
        )
        self.gateway: PaymentGateway = sandbox.open_gateway(self.settings)
        self._others: list[PaymentGateway] = []

    async def source(self, card: str) -> Source:
        return TokenSource(await self.merchant.token(self._CARDS[card]))

    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        await self.merchant.order_faults({"operation": operation, "kind": self._KINDS[kind], "times": times})

    async def confirm(self, challenge: Challenge, card: str, *, approve: bool) -> None:
        await self.merchant.answer_challenge(challenge.url, "approve" if approve else "refuse")

    def another(self, **changes: Any) -> PaymentGateway:
        self._others.append(sandbox.open_gateway(replace(self.settings, **changes)))
        return self._others[-1]

    def nowhere(self) -> dict[str, Any]:
        return {"processor_url": "http://127.0.0.1:9"}

    def two_live(self) -> tuple[dict[str, Any], dict[str, Any]]:
        old = self.settings.processor_webhook_secret
        new = "whsec_" + "bmV3IHNlY3JldCBvZiB0aGUgd2ViaG9va3M="
        key = self.settings.processor_secret_key
        both = {"processor_webhook_secret": f"{new},{old}", "processor_secret_key": f"no_key,{key}"}
        return both, {"processor_webhook_secret": new}

    async def revoke_first_key(self) -> None:
        """`no_key` never was one."""

    async def dispute(self, under: str) -> str:
        return await self.merchant.dispute(under)

    async def effects(self) -> list[tuple[str, int]]:
        return await self.merchant.effects()

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[Came]:
        gateway: Any = self.gateway
        async with listening() as (url, came):
            await gateway.set_webhook_endpoint(url)
            yield came

    async def close(self) -> None:
        for gateway in (self.gateway, *self._others):
            await gateway.close()
        await self.merchant.close()


class StripeParty:
    return_url: str | None = RETURN_URL
    declines = {"declined": ("card_declined", False), "no_funds": ("insufficient_funds", True)}
    asks_first = False
    on_command = True
    webhook_life = timedelta(minutes=5)
    shown = ("visa", "4242")
    _CARDS = {
        "good": "pm_card_visa",
        "declined": "pm_card_visa_chargeDeclined",
        "no_funds": "pm_card_visa_chargeDeclinedInsufficientFunds",
        "challenged": "pm_card_threeDSecure2Required",
    }

    def __init__(self, url: str) -> None:
        self.account = uuid.uuid4().hex[:12]
        self._control = httpx.AsyncClient(base_url=url, timeout=10)
        self.settings = Settings(stripe_url=url, stripe_secret_key=f"sk_test_{self.account}")
        self.gateway: PaymentGateway = stripe.open_gateway(self.settings)
        self._others: list[PaymentGateway] = []

    async def source(self, card: str) -> Source:
        return TokenSource(self._CARDS.get(card, card))

    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        kind = "reset_before" if kind == "reset" else kind
        await self.set(faults=[{"operation": operation, "kind": kind, "times": times}])

    async def confirm(self, challenge: Challenge, card: str, *, approve: bool) -> None:
        answer = await self._control.post(challenge.url, data={"outcome": "complete" if approve else "fail"})
        assert answer.status_code in (303, 409), answer.text

    def another(self, **changes: Any) -> PaymentGateway:
        self._others.append(stripe.open_gateway(replace(self.settings, **changes)))
        return self._others[-1]

    def nowhere(self) -> dict[str, Any]:
        return {"stripe_url": "http://127.0.0.1:9"}

    def two_live(self) -> tuple[dict[str, Any], dict[str, Any]]:
        old, new = self.settings.stripe_webhook_secret, "whsec_conformance_two"
        keys = f"sk_test_{self.account}_next,{self.settings.stripe_secret_key}"
        return {"stripe_webhook_secret": f"{new},{old}", "stripe_secret_key": keys}, {
            "stripe_webhook_secret": new
        }

    async def revoke_first_key(self) -> None:
        await self.set(revoked=[f"sk_test_{self.account}_next"])

    async def dispute(self, under: str) -> str:
        given = {"reference": under}
        answer = await self._control.post(f"/_peer/{self.account}/disputes", json=given)
        return str(answer.json()["id"])

    async def set(self, **given: Any) -> None:
        answer = await self._control.put(f"/_peer/{self.account}", json=given)
        assert answer.status_code == 200, answer.text

    async def effects(self) -> list[tuple[str, int]]:
        answer = await self._control.get(f"/_peer/{self.account}/effects")
        return [(one["kind"], int(one["amount"])) for one in answer.json()]

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[Came]:
        async with listening() as (url, came):
            await self.set(webhooks={"url": url, "secrets": [self.settings.stripe_webhook_secret]})
            yield came

    async def close(self) -> None:
        for gateway in (self.gateway, *self._others):
            await gateway.close()
        await self._control.aclose()


class PayPalParty:
    return_url: str | None = RETURN_URL
    declines = {"declined": ("transaction_refused", False), "no_funds": ("payer_cannot_pay", True)}
    asks_first = True
    on_command = True
    webhook_life = timedelta(days=3, hours=1)
    shown = ("paypal", "")

    def __init__(self, url: str, roots_file: Path) -> None:
        self.account = uuid.uuid4().hex[:12]
        self._control = httpx.AsyncClient(base_url=url, timeout=10)
        self.settings = Settings(
            paypal_url=url,
            paypal_client_id=f"client-{self.account}",
            paypal_client_secret=f"secret-{self.account}",
            paypal_certificates_url=url,
            paypal_roots_file=str(roots_file),
        )
        self.gateway: PaymentGateway = paypal.open_gateway(self.settings)
        self._others: list[PaymentGateway] = []

    async def source(self, card: str) -> Source:
        return WalletSource("paypal")

    async def trouble(self, operation: str, kind: str, times: int = 1) -> None:
        kind = "reset_before" if kind == "reset" else kind
        await self.set(faults=[{"operation": operation, "kind": kind, "times": times}])

    async def confirm(self, challenge: Challenge, card: str, *, approve: bool) -> None:
        answer = await self._control.post(challenge.url, data={"payer": card if approve else ""})
        assert answer.status_code == 303, answer.text

    def another(self, **changes: Any) -> PaymentGateway:
        self._others.append(paypal.open_gateway(replace(self.settings, **changes)))
        return self._others[-1]

    def nowhere(self) -> dict[str, Any]:
        return {"paypal_url": "http://127.0.0.1:9"}

    def two_live(self) -> tuple[dict[str, Any], dict[str, Any]]:
        old, new = self.settings.paypal_webhook_ids, "WH-CONFORMANCE-2"
        both = {
            "paypal_webhook_ids": f"{new},{old}",
            "paypal_client_id": f"client-{self.account}-next,{self.settings.paypal_client_id}",
            "paypal_client_secret": f"secret-{self.account}-next,{self.settings.paypal_client_secret}",
        }
        return both, {"paypal_webhook_ids": new}

    async def revoke_first_key(self) -> None:
        await self.set(revoked=[f"client-{self.account}-next"])

    async def dispute(self, under: str) -> str:
        given = {"reference": under}
        answer = await self._control.post(f"/_peer/{self.account}/disputes", json=given)
        return str(answer.json()["dispute_id"])

    async def set(self, **given: Any) -> None:
        answer = await self._control.put(f"/_peer/{self.account}", json=given)
        assert answer.status_code == 200, answer.text

    async def effects(self) -> list[tuple[str, int]]:
        answer = await self._control.get(f"/_peer/{self.account}/effects")
        return [(one["kind"], int(one["amount"].replace(".", ""))) for one in answer.json()]

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[Came]:
        async with listening() as (url, came):
            await self.set(webhooks={"url": url, "id": self.settings.paypal_webhook_ids})
            yield came

    async def close(self) -> None:
        for gateway in (self.gateway, *self._others):
            await gateway.close()
        await self._control.aclose()


class StripeTestMode(StripeParty):
    """Stripe itself, with the key of a test account."""

    on_command = False

    def __init__(self, key: str) -> None:
        super().__init__("https://api.stripe.com")
        self.settings = replace(self.settings, stripe_secret_key=key, processor_timeout_seconds=20.0)
        self._others.append(self.gateway)
        self.gateway = stripe.open_gateway(self.settings)


class PayPalTestMode(PayPalParty):
    """PayPal's sandbox, with an app of its developer's."""

    on_command = False

    def __init__(self, client_id: str, secret: str) -> None:
        super().__init__("https://api-m.sandbox.paypal.com", Path())
        self.settings = replace(
            self.settings,
            paypal_client_id=client_id,
            paypal_client_secret=secret,
            paypal_roots_file="",
            processor_timeout_seconds=20.0,
        )
        self._others.append(self.gateway)
        self.gateway = paypal.open_gateway(self.settings)


STRIPE_KEY = os.environ.get("TRADEWIND_TEST_STRIPE_SECRET_KEY", "")
PAYPAL_KEY = (
    os.environ.get("TRADEWIND_TEST_PAYPAL_CLIENT_ID", ""),
    os.environ.get("TRADEWIND_TEST_PAYPAL_CLIENT_SECRET", ""),
)
ON_COMMAND = ("sandbox", "stripe", "paypal")
# Whose payments need no person: the parties above, and Stripe itself where a key for that is given.
UNATTENDED = (*ON_COMMAND, *(("stripe test mode",) if STRIPE_KEY else ()))
ALL = (*UNATTENDED, *(("paypal test mode",) if all(PAYPAL_KEY) else ()))
