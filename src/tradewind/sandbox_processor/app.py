"""The table of contents: every route, and how a request is brought to it."""

import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tradewind.sandbox_processor import api, hosted
from tradewind.sandbox_processor.http import (
    Answer,
    Receive,
    Request,
    Send,
    problem_answer,
    read_request,
    send_answer,
)
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.refusals import Refusal, not_found

Handler = Callable[[Processor, Request], Awaitable[Answer | None]]
App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

ROUTES: dict[str, dict[str, Handler]] = {
    "/v1/tokens": {"POST": api.create_token, "OPTIONS": api.allow_any_origin},
    "/v1/authorisations": {"POST": api.authorise, "GET": api.list_authorisations},
    "/v1/authorisations/{id}": {"GET": api.get_authorisation},
    "/v1/authorisations/{id}/captures": {"POST": api.capture},
    "/v1/authorisations/{id}/voids": {"POST": api.void},
    "/v1/authorisations/{id}/refunds": {"POST": api.refund},
    "/v1/authorisations/{id}/releases": {"POST": api.release},
    "/v1/instruments/{id}": {"DELETE": api.delete_instrument},
    "/v1/operations": {"GET": api.list_operations},
    "/v1/disputes/{id}": {"GET": api.get_dispute},
    "/v1/disputes/{id}/evidence": {"POST": api.answer_dispute},
    "/v1/disputes/{id}/acceptance": {"POST": api.accept_dispute},
    "/v1/log": {"GET": api.list_log},
    "/v1/settlements": {"GET": api.get_settlement},
    "/v1/webhook-endpoint": {"PUT": api.put_webhook_endpoint},
    "/challenge/{id}": {"GET": hosted.show_challenge, "POST": hosted.answer_challenge},
    "/hosted/card-form": {"GET": hosted.show_card_form, "POST": hosted.accept_card_form},
    "/hosted/card-form.js": {"GET": hosted.get_script},
    "/hosted/page.css": {"GET": hosted.get_style},
    "/sandbox/faults": {"PUT": api.put_faults, "GET": api.get_faults, "DELETE": api.delete_faults},
    "/sandbox/disputes": {"POST": api.open_dispute},
    "/sandbox/test-cards": {"GET": api.list_test_cards},
    "/health": {"GET": api.get_health},
}

# Answered to any page, errors included: a browser must be able to read them.
OPEN_TO_ANY_ORIGIN = ("/v1/tokens",)

_PATTERNS = [
    (re.compile(path.replace("{id}", "(?P<id>[A-Za-z0-9_]{1,64})")), methods)
    for path, methods in ROUTES.items()
    if "{" in path
]
_LONG_NUMBER = re.compile(r"[0-9][0-9 -]{10,}[0-9]")


def make_app(processor: Processor) -> App:
    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        started = time.perf_counter()
        try:
            request = await read_request(scope, receive)
            answer = await _route(request)(processor, request)
        except Refusal as refusal:
            answer = problem_answer(refusal)
        if processor.options.verbose:
            _log(scope, answer, time.perf_counter() - started)
        if answer is not None:
            if scope["path"] in OPEN_TO_ANY_ORIGIN:
                answer.headers.update(api.ANY_ORIGIN)
            await send_answer(answer, send)

    return app


def _route(request: Request) -> Handler:
    methods = ROUTES.get(request.path)
    if methods is None or "{" in request.path:
        methods = _match_pattern(request)
    handler = methods.get(request.method)
    if handler is None:
        message = f"This address takes {', '.join(methods)}."
        raise Refusal(405, "invalid_request", "method_not_allowed", message)
    return handler


def _match_pattern(request: Request) -> dict[str, Handler]:
    for pattern, methods in _PATTERNS:
        match = pattern.fullmatch(request.path)
        if match is not None:
            request.path_values = match.groupdict()
            return methods
    raise not_found("address")


def _log(scope: Mapping[str, Any], answer: Answer | None, seconds: float) -> None:
    """One line, without the query, and with long numbers taken out of the path."""
    path = _LONG_NUMBER.sub("...", scope["path"])
    outcome = "hung up" if answer is None else str(answer.status)
    print(f"{scope['method']} {path} {outcome} {seconds * 1000:.1f} ms", file=sys.stderr, flush=True)
