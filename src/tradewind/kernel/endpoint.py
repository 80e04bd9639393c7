"""One route made callable: authorise, decode, call the route's function, encode, and keep its key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tradewind.kernel.clock import Clock
from tradewind.kernel.errors import (
    Conflict,
    Invalid,
    Malformed,
    Refusal,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)
from tradewind.kernel.http import JSON, Answer, Call, Header, Request, Response, Route, problem
from tradewind.kernel.idempotency import AnsweredBefore, KeyTaken, Once, fingerprint
from tradewind.kernel.invalid import invalid
from tradewind.kernel.sealing import Sealer
from tradewind.kernel.storable import holds_times, refuse_unstorable
from tradewind.kernel.telemetry import log
from tradewind.ports.database import Database, DatabaseUnavailable

_KEY = re.compile(r"[\x21-\x7e]{8,255}")
_LISTS = (msgspec.inspect.ListType, msgspec.inspect.SetType, msgspec.inspect.VarTupleType)
_TEXTS = (msgspec.inspect.StrType, *_LISTS)
_FAMILIES = (msgspec.inspect.DictType,)
_NO_STORE: Header = (b"cache-control", b"no-store")


class Endpoint:
    """Callable with a Request; never raises a refusal: it answers problem documents."""

    def __init__(
        self, route: Route, deps: Any, database: Database | None, clock: Clock, sealer: Sealer
    ) -> None:
        self.route, self._deps, self._database, self._clock = route, deps, database, clock
        self._handler, self._mutates = route.handler, route.mutates
        self._guarded = route.policy.internal or route.policy.signed_in or route.policy.permission is not None
        self._is_json = route.media_type == "application/json"
        self._sealer = sealer if route.secret else None
        self._body: Callable[[bytes], Any] | None = None
        self._body_holds_times = False
        if route.body is not None and route.body is not bytes:
            self._body = msgspec.json.Decoder(route.body).decode
            self._body_holds_times = holds_times(route.body)
        self._encode = msgspec.json.Encoder().encode
        self._in_flight: set[tuple[str, str]] = set()
        self._cache_header: Header = (
            _NO_STORE
            if route.mutates or route.secret or route.cache_seconds is None
            else (b"cache-control", f"public, max-age={route.cache_seconds}".encode())
        )

    async def __call__(self, request: Request) -> Response:
        try:
            if self._guarded:
                self.route.policy.authorise(request.principal)
            if self._mutates:
                if request.receive is not None:
                    await request.read(self.route.max_body_bytes)
                return await self._mutate(request)
            return self._conditional(request, await self._run(request, Once.unkeyed()))
        except AnsweredBefore as before:
            headers = [_NO_STORE, (b"idempotency-replayed", b"true")]
            return Response(before.status, before.body, [JSON, *headers] if before.body else headers)
        except Refusal as refusal:
            return problem(refusal, request.request_id)
        except DatabaseUnavailable as error:
            log.warning("database_unavailable", service_route=self.route.path, error=str(error))
            return problem(
                Unavailable("database_unavailable", "the database does not answer; try again shortly"),
                request.request_id,
            )

    async def _run(self, request: Request, once: Once) -> Response:
        call = Call(
            request.principal,
            self._decoded_body(request) if self._mutates else None,
            self._decoded_query(request),
            request.parameters,
            once,
            request.headers,
        )
        return self._encoded(await self._handler(self._deps, call), once)

    async def _mutate(self, request: Request) -> Response:
        key = request.header(b"idempotency-key")
        if key is None or not self.route.keyed or self._database is None:
            return await self._run(request, Once.unkeyed())
        if not _KEY.fullmatch(key):
            raise Invalid(
                "idempotency_key_invalid",
                "an Idempotency-Key has 8 to 255 printable ASCII characters without spaces; a UUID is best",
                field="Idempotency-Key",
            )
        scope = f"{request.principal.name} {self.route.method} {self.route.path}"
        digest = fingerprint(request.method, request.path, request.query, request.body)
        if self._sealer is not None:  # a bare hash of a password would let who reads the table guess at it
            digest = self._sealer.mac(digest)
        once = Once(key, scope, digest, self.route.status, self._clock, self._sealer)
        if (scope, key) in self._in_flight:
            await once.replay(self._database)
            raise Conflict(
                "request_in_flight", "the first request with this Idempotency-Key is still under way"
            )
        self._in_flight.add((scope, key))
        try:
            return await self._once(request, once, self._database)
        finally:
            self._in_flight.discard((scope, key))

    async def _once(self, request: Request, once: Once, database: Database) -> Response:
        """The first time costs one INSERT; only a repeat, or a refusal, looks the key up."""
        try:
            response = await self._run(request, once)
        except KeyTaken:
            await once.replay(database)
            raise Conflict("request_in_flight", "this Idempotency-Key is being served elsewhere") from None
        except Refusal as refusal:
            if not isinstance(refusal, Unavailable):
                await once.replay(database)
            raise
        assert once.recorded or response.status >= 400, f"{self.route.path} did not record its answer"
        return response

    def _decoded_body(self, request: Request) -> Any:
        body = request.body
        if len(body) > self.route.max_body_bytes:
            raise TooLarge("body_too_large", f"this route takes at most {self.route.max_body_bytes} bytes")
        if self.route.body is None:
            if body.strip() not in (b"", b"{}", b"null"):
                raise Invalid("body_not_expected", "this route takes no body")
            return None
        if self._body is None:
            return body
        media = request.headers.get(b"content-type", b"application/json").partition(b";")[0].strip().lower()
        if media != b"application/json":
            raise UnsupportedMedia("unsupported_media_type", "send application/json", field="Content-Type")
        try:
            decoded = self._body(body)
        except msgspec.ValidationError as error:
            raise invalid(error, shape=self.route.body) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed("malformed_json", f"the body is not JSON: {error}") from error
        except RecursionError as error:
            raise Malformed("malformed_json", "the body is nested deeper than anybody reads") from error
        if b"\\u0000" in body or self._body_holds_times:
            refuse_unstorable(decoded)
        return decoded

    def _decoded_query(self, request: Request) -> Any:
        if self.route.query is None:
            if request.query:
                name = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)[:1]
                raise Invalid(
                    "parameter_not_expected",
                    "this route takes no query parameters",
                    field=name[0][0] if name else None,
                )
            return None
        return query(self.route.query, request.query)

    def _encoded(self, answer: object, once: Once) -> Response:
        status, headers = self.route.status, [JSON, self._cache_header]
        if isinstance(answer, Answer):
            if any(name == b"cache-control" for name, _ in answer.headers):
                headers.pop()
            headers += answer.headers
            media_type = answer.media_type
            status, answer = answer.status or status, answer.value
            documented = status == self.route.status or (status == 202 and self.route.pending)
            assert documented, f"{self.route.path} does not say that it answers {status}"
            if media_type is not None:
                assert media_type in self.route.also, f"{self.route.path} does not say {media_type}"
                headers[0] = (b"content-type", media_type.encode())
                if isinstance(answer, AsyncIterator):
                    return Response(status, b"", headers, stream=answer)
                assert isinstance(answer, bytes), "only bytes and streams have a media type of their own"
                return Response(status, answer, headers)
        if answer is None:
            return Response(204 if status == 200 else status, b"", headers[1:])
        if not self._is_json:
            headers[0] = (b"content-type", self.route.media_type.encode())
            if isinstance(answer, AsyncIterator):
                return Response(status, b"", headers, stream=answer)
            if isinstance(answer, bytes):
                return Response(status, answer, headers)
        return Response(status, once.encoded or self._encode(answer), headers)

    def _conditional(self, request: Request, response: Response) -> Response:
        """Adds an ETag, and answers 304 where the caller has this very answer."""
        if response.status != 200 or response.stream is not None:
            return response
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:24]}"'.encode()
        response.headers.append((b"etag", tag))
        known = request.headers.get(b"if-none-match")
        if known is not None and (known == b"*" or tag in known):
            return Response(304, b"", [h for h in response.headers if h[0] != b"content-type"])
        return response


def query(shape: type, text: bytes) -> Any:
    """A query string as `shape`, a Struct that forbids unknown fields; a repeated name makes a list.

    A field of lists by name, `attr: dict[str, list[str]]`, takes `attr.Colour=Red` and `attr[Colour]=Red`.
    """
    values: dict[str, Any] = {}
    try:
        pairs = (
            parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=128)
            if text
            else []
        )
    except ValueError as error:
        raise Invalid("malformed_query", f"the query string cannot be read: {error}") from error
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Invalid("null_character", "text must not contain the null character", field=name)
        family, member = _member(name)
        if member and family in _named(shape, _FAMILIES):
            values.setdefault(family, {}).setdefault(member, []).append(value)
            continue
        if family in _named(shape, _FAMILIES):
            raise Invalid("invalid_parameter", f"name one of them: {family}.NAME={value[:20]}", field=family)
        if value.lower() == "null" and name not in _named(shape, _TEXTS):
            raise Invalid("invalid_parameter", "leave a parameter out to say nothing by it", field=name)
        if name in values:
            known = values[name]
            values[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            values[name] = [value] if name in _named(shape, _LISTS) else value
    try:
        read: Any = msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, "invalid_parameter", shape) from error
    if holds_times(shape):
        refuse_unstorable(read)
    return read


def _member(name: str) -> tuple[str, str]:
    """`attr.Colour` and `attr[Colour]` as ("attr", "Colour"); another name as itself and nothing."""
    if name.endswith("]") and "[" in name:
        family, _, member = name[:-1].partition("[")
    else:
        family, _, member = name.partition(".")
    return family, member


@cache
def _named(shape: type, kinds: tuple[type, ...]) -> frozenset[str]:
    """The parameters that are, or may be, of one of these kinds."""
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    return frozenset(field.encode_name for field in info.fields if _may_be(field.type, kinds))


def _may_be(node: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(node, msgspec.inspect.UnionType):
        return any(_may_be(one, kinds) for one in node.types)
    if isinstance(node, msgspec.inspect.Metadata):
        return _may_be(node.type, kinds)
    return isinstance(node, kinds)
