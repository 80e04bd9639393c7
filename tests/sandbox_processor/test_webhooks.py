"""Events reach the merchant, signed, until it says that it has them."""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from .merchant import BROWSER, DECLINED, THREE_D_SECURE, Merchant, refusal
from .process import WEBHOOK_TRIES, running, until


class Receiver:
    """A merchant's endpoint: keeps what it is sent, and answers with `statuses` in turn, then 204."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self.secret = "whsec_" + base64.b64encode(self.key).decode()
        self.statuses: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the test says what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?from=sandbox"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(body) for _, body in self.received]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def listening(merchant: Merchant, receiver: Receiver) -> Merchant:
    """The merchant, once its endpoint is set."""
    answer = merchant.http.put("/v1/webhook-endpoint", json={"url": receiver.url, "secret": receiver.secret})
    assert (answer.status_code, answer.json()) == (200, {"url": receiver.url})
    return merchant


def test_each_effect_is_told_of(listening: Merchant, receiver: Receiver) -> None:
    id_ = listening.authorised(5000)
    capture = listening.capture(id_, 2000).json()
    listening.refund(id_, 500)
    voided = listening.authorised(100)
    listening.void(voided)
    declined = listening.authorise(DECLINED).json()
    until(lambda: len(receiver.received) == 6)
    assert sorted(receiver.types()) == sorted(
        ["authorisation.updated"] * 3 + ["capture.succeeded", "refund.succeeded", "void.succeeded"]
    )
    by_type = {event["type"]: event for event in receiver.events()}
    assert by_type["capture.succeeded"]["data"] == capture
    statuses = {
        event["data"]["authorisation"]["id"]: event["data"]["operation"]["status"]
        for event in receiver.events()
    }
    assert statuses[declined["id"]] == "declined"


def test_it_is_signed_as_standard_webhooks_asks(listening: Merchant, receiver: Receiver) -> None:
    listening.authorised()
    until(lambda: receiver.received)
    headers, body = receiver.received[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(receiver.key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    event = msgspec.json.decode(body)
    assert set(event) == {"type", "timestamp", "data"}


def test_a_challenge_is_told_of_twice(listening: Merchant, receiver: Receiver) -> None:
    url = listening.authorise(THREE_D_SECURE).json()["action_url"]
    BROWSER.post(url, data={"outcome": "approve"})
    until(lambda: len(receiver.received) == 2)
    statuses = {event["data"]["authorisation"]["status"] for event in receiver.events()}
    assert statuses == {"action_required", "authorised"}


def test_it_is_sent_again_until_it_is_accepted(listening: Merchant, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 200]
    listening.authorised()
    until(lambda: len(receiver.received) == 3)
    time.sleep(0.3)
    assert len(receiver.received) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert len({body for _, body in receiver.received}) == 1


def test_tries_have_an_end(listening: Merchant, receiver: Receiver) -> None:
    receiver.statuses = [503] * 100
    listening.authorised()
    until(lambda: len(receiver.received) == WEBHOOK_TRIES)
    time.sleep(0.6)
    assert len(receiver.received) == WEBHOOK_TRIES


def test_a_webhook_may_be_doubled_or_lost_on_command(listening: Merchant, receiver: Receiver) -> None:
    listening.order_faults(
        {"operation": "capture", "kind": "webhook_duplicate", "times": 1},
        {"operation": "authorise", "kind": "webhook_drop", "times": 1},
    )
    id_ = listening.authorised(5000)
    listening.capture(id_, 1)
    listening.refund(id_, 1)
    until(lambda: len(receiver.received) == 3)
    time.sleep(0.2)
    assert sorted(receiver.types()) == ["capture.succeeded", "capture.succeeded", "refund.succeeded"]
    ids = [headers["webhook-id"] for headers, body in receiver.received if b"capture.succeeded" in body]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://shop.example/hooks"}, "url"),
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"url": "http://127.0.0.1:1\r\nx: y/"}, "url"),
        ({"secret": "not one"}, "secret"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"secret": "whsec_***"}, "secret"),
    ],
)
def test_an_endpoint_that_is_not_safe_is_refused(
    merchant: Merchant, receiver: Receiver, changes: dict[str, str], field: str
) -> None:
    body = {"url": receiver.url, "secret": receiver.secret, **changes}
    status, _, named = refusal(merchant.http.put("/v1/webhook-endpoint", json=body))
    assert (status, named) == (400, field)


def test_an_event_outlives_the_process(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [500]
    slow_retry = "--webhook-retry-seconds=60"
    with running(tmp_path, slow_retry) as (url, process):
        merchant = Merchant(url, "durable")
        merchant.http.put("/v1/webhook-endpoint", json={"url": receiver.url, "secret": receiver.secret})
        merchant.authorised()
        until(lambda: len(receiver.received) == 1)
        merchant.close()
        process.kill()
    with running(tmp_path, slow_retry):
        until(lambda: len(receiver.received) == 2)
    assert receiver.received[0][1] == receiver.received[1][1]
