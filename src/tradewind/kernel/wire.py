"""Contracts between services: bound in process, or over HTTP with the same outcomes and refusals.

A contract is a Protocol of async methods whose parameters and results msgspec can carry; a result that may
be one of several is a union of tagged structs. Every mutating method takes a natural key, so a call may be
repeated: an HTTP call without an answer is tried again while the deadline allows, then is Unavailable.
"""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from tradewind.kernel import deadline
from tradewind.kernel.errors import Refusal, Unavailable, refusal
from tradewind.kernel.http import JSON, STATUS, Request, Response
from tradewind.kernel.identity import SERVICE, InternalTokens
from tradewind.kernel.service import Provides, contract_methods
from tradewind.kernel.telemetry import current_request_id, current_trace, log, span
from tradewind.kernel.upstream import Upstream, UpstreamUnavailable
from tradewind.ports.database import DatabaseUnavailable

PREFIX = "/_contract/"
TRIES = 3
CALL_SECONDS = 10.0
LARGEST_CALL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Method:
    """One contract method as it travels: a struct of its parameters, and how to read its result."""

    name: str
    arguments: type[msgspec.Struct]
    result: Any


@functools.cache
def methods(contract: type) -> dict[str, Method]:
    described = {}
    for name, function in contract_methods(contract).items():
        hints = get_type_hints(function, include_extras=True)
        result = hints.pop("return")
        fields: list[Any] = []
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            hint = hints[parameter.name]
            default = () if parameter.default is parameter.empty else (parameter.default,)
            fields.append((parameter.name, hint, *default))
        arguments = msgspec.defstruct(f"{contract.__name__}_{name}", fields, frozen=True)
        described[name] = Method(name, arguments, result)
    return described


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal on the wire."""

    kind: str
    code: str
    message: str
    field: str | None = None
    details: dict[str, Any] | None = None


def bind_in_process(provides: Provides, deps: Any) -> dict[str, Callable[..., Awaitable[Any]]]:
    """The contract's methods, ready to call. A dead database is Unavailable here as it is over HTTP."""

    def bound(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(deps, *args, **kwargs)
            except DatabaseUnavailable as error:
                raise Unavailable("database_unavailable", str(error)) from error

        return call

    return {name: bound(function) for name, function in provides.methods.items()}


class Binding:
    """Stands for a contract of another service; its methods are set by composition."""

    def __init__(self, contract: type) -> None:
        self.contract = contract

    def set(self, bound: dict[str, Callable[..., Awaitable[Any]]]) -> None:
        self.__dict__.update(bound)


def bind_over_http(
    contract: type, upstream: Upstream, tokens: InternalTokens
) -> dict[str, Callable[..., Awaitable[Any]]]:
    def bound(method: Method) -> Callable[..., Awaitable[Any]]:
        path = f"{PREFIX}{contract.__name__}/{method.name}"
        decode = msgspec.json.Decoder(method.result).decode

        async def call(*args: Any, **kwargs: Any) -> Any:
            body = msgspec.json.encode(method.arguments(*args, **kwargs))
            with span(f"call {contract.__name__}.{method.name}"):
                return decode(await _answer(upstream, path, body, tokens))

        return call

    return {name: bound(method) for name, method in methods(contract).items()}


async def _answer(upstream: Upstream, path: str, body: bytes, tokens: InternalTokens) -> bytes:
    for tried in range(1, TRIES + 1):
        seconds = deadline.remaining_seconds(CALL_SECONDS)
        headers = {
            "content-type": "application/json",
            "tradewind-identity": tokens.mint(SERVICE),
            "tradewind-deadline-ms": str(int(seconds * 1000)),
            "traceparent": current_trace(),
            "x-request-id": current_request_id(),
        }
        try:
            status, answer = await upstream.post(path, body, headers, timeout_seconds=seconds)
        except UpstreamUnavailable as error:
            if tried == TRIES or not upstream.may_retry():
                raise Unavailable(
                    "service_unavailable", f"{upstream.name} did not answer: {error}; the outcome is unknown"
                ) from error
            log.warning("call_again", path=path, tried=tried, error=str(error))
            await upstream.pause(0.05 * 2**tried * (0.5 + random.random()))  # noqa: S311 - jitter
            continue
        if status == 200:
            return answer
        raise _refused(upstream, status, answer)
    raise AssertionError("the last try answers or raises")


def _refused(upstream: Upstream, status: int, answer: bytes) -> Refusal:
    try:
        fault = msgspec.json.decode(answer, type=Fault)
    except msgspec.DecodeError:
        return Unavailable("service_failed", f"{upstream.name} answered {status}; the outcome is unknown")
    return refusal(fault.kind, fault.code, fault.message, fault.field, fault.details)


class ContractServer:
    """Answers calls from other processes. Only the platform's own token opens it."""

    def __init__(self, provides: Provides, deps: Any) -> None:
        self._bound = bind_in_process(provides, deps)
        self._methods = methods(provides.contract)
        self._decoders = {name: msgspec.json.Decoder(m.arguments).decode for name, m in self._methods.items()}

    async def __call__(self, method: str, request: Request) -> Response:
        if request.principal.kind != "service" or method not in self._bound:
            return _faulty(404, Fault("NotFound", "route_not_found", "there is no such route"))
        try:
            await request.read(LARGEST_CALL_BYTES)
            arguments = self._decoders[method](request.body)
            values = {name: getattr(arguments, name) for name in arguments.__struct_fields__}
            result = await self._bound[method](**values)
        except msgspec.ValidationError as error:
            return _faulty(422, Fault("Invalid", "contract_mismatch", str(error)))
        except Refusal as error:
            fault = Fault(type(error).__name__, error.code, error.message, error.field, error.details)
            return _faulty(STATUS[type(error)], fault)
        return Response(200, msgspec.json.encode(result), [JSON])


def _faulty(status: int, fault: Fault) -> Response:
    return Response(status, msgspec.json.encode(fault), [JSON])
