"""Hand-picked nonsense in every part of every request: 4xx with a problem document that names the field.

What is sent is made from the schemas, so that a new route, parameter or field is tested by being declared.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import httpx
import msgspec
import pytest
import pytest_asyncio
from yarl import URL

from tests.kernel.serving import serving
from tests.promises import nasties
from tests.promises.market import Market
from tests.promises.operations import OPERATIONS, Operation
from tests.stage import key

WITH_BODY = [operation for operation in OPERATIONS if operation.body_schema is not None]
WITH_QUERY = [operation for operation in OPERATIONS if operation.query_schemas]
WITH_PATH = [operation for operation in OPERATIONS if operation.path_names]
WITH_CURSOR = [operation for operation in OPERATIONS if "cursor" in operation.query_schemas]
PROBLEM = "application/problem+json"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def named(operations: Sequence[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staff(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    """Who may do everything: so that what is refused, is refused for what it is."""
    async with market.inside(market.admin.principal) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def raw(market: Market) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """The gateway over real HTTP, with targets and headers sent as they are written."""
    async with serving(market.gateway) as url, aiohttp.ClientSession(headers=market.admin.headers) as session:
        yield url, session


class Findings:
    """What was answered wrongly, all of it at once."""

    def __init__(self, operation: Operation) -> None:
        self._operation, self.wrong = operation, list[str]()

    def refused(
        self, answer: httpx.Response, sent: str, field: str | None = None, *, status: int = 0
    ) -> None:
        """It must be a 4xx with a problem document; `field` is the part that it must name."""
        said = f"{sent[:200]} -> {answer.status_code} {answer.text[:300]}"
        if not 400 <= answer.status_code < 500 or (status and answer.status_code != status):
            self.wrong.append(said)
        elif answer.headers["content-type"] != PROBLEM or not answer.json().get("code"):
            self.wrong.append(f"no problem document: {said}")
        elif field is not None and not _names(answer.json().get("field"), field):
            self.wrong.append(f"does not name {field}: {said}")
        elif str(answer.status_code) not in self._operation.described["responses"]:
            self.wrong.append(f"a status that is not documented: {said}")

    def check(self) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self._operation.id}:\n" + "\n".join(self.wrong[:12])


def _names(given: str | None, field: str) -> bool:
    """The field, or the part of it that is at fault."""
    return given is not None and re.split(r"[.\[]", given)[0] == field


def path_of(operation: Operation) -> str:
    values = {"code": "NOWHERE", "country": "FR"}
    return operation.url(
        {
            name: str(uuid.uuid4()) if name.endswith("_id") else values.get(name, "none")
            for name in operation.path_names
        }
    )


async def send(
    client: httpx.AsyncClient, operation: Operation, content: bytes, media_type: str = "application/json"
) -> httpx.Response:
    return await client.request(
        operation.route.method,
        path_of(operation),
        content=content,
        headers={"content-type": media_type, **key()},
    )


@named(WITH_BODY)
async def test_wrong_types_and_values_in_bodies(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings, example = Findings(operation), operation.route.example
    assert operation.body_schema is not None
    for place, schema in nasties.places(operation.body_schema, example):
        for value in nasties.refused_values(schema):
            body = _encoded(nasties.with_value(example, place, value))
            sent = f"{'.'.join(map(str, place))} = {value!r}"
            findings.refused(await send(staff, operation, body), sent, str(place[0]))
    findings.check()


def _encoded(body: Any) -> bytes:
    try:
        return msgspec.json.encode(body)
    except OverflowError:
        raise AssertionError("written below") from None


@named(WITH_BODY)
async def test_numbers_and_texts_that_json_does_not_have(
    staff: httpx.AsyncClient, operation: Operation
) -> None:
    findings, example = Findings(operation), operation.route.example
    assert operation.body_schema is not None
    for place, schema in nasties.places(operation.body_schema, example):
        allowed = nasties.types(schema)
        texts = nasties.RAW_NUMBERS if "integer" in allowed else ()
        for text in (*texts, *(nasties.RAW_STRINGS if "string" in allowed else ())):
            answer = await send(staff, operation, nasties.with_raw(example, place, text))
            findings.refused(answer, f"{place} = {text}")
    findings.check()


@named(WITH_BODY)
async def test_unknown_fields_are_refused_by_name(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings, example = Findings(operation), operation.route.example
    assert operation.body_schema is not None
    for place, value in nasties.unknown_fields(operation.body_schema, example):
        answer = await send(staff, operation, _encoded(nasties.with_value(example, place, value)))
        findings.refused(answer, f"{place}", str(place[0]), status=422)
        if not answer.json().get("field", "").endswith("surprise"):
            findings.wrong.append(f"does not name the unknown field: {answer.text}")
        if "here it may have" not in answer.json().get("detail", ""):
            findings.wrong.append(f"does not say which fields there are: {answer.text}")
    findings.check()


@named(WITH_BODY)
async def test_bodies_that_are_no_json_or_another_shape(
    staff: httpx.AsyncClient, operation: Operation
) -> None:
    findings = Findings(operation)
    good = _encoded(operation.route.example)
    for content in (b"", b"{", good[:-1], good + b"x", b"\xef\xbb\xbf" + good, b"\xff" + good, b"nul", b"'"):
        findings.refused(await send(staff, operation, content), repr(content), status=400)
    for content in (b"[]", b'"text"', b"7", b"null", b"true", b"[" * 50_000, b"[{}]"):
        findings.refused(await send(staff, operation, content), repr(content))
    deep = b'{"surprise":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    findings.refused(await send(staff, operation, deep), "deep", "surprise", status=422)
    assert operation.body_schema is not None
    for name in operation.body_schema["properties"]:
        nested = nasties.with_raw(operation.route.example, (name,), '{"a":' * 5_000 + "1" + "}" * 5_000)
        answer = await send(staff, operation, nested)
        too_deep = (
            answer.status_code == 400 and answer.json()["code"] == "malformed_json"
        )  # where anything goes
        findings.refused(answer, f"deep in {name}", None if too_deep else name)
    findings.check()


@named(WITH_BODY)
async def test_media_types_that_are_not_read(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings, good = Findings(operation), _encoded(operation.route.example)
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "x/y/z",
    ):
        answer = await send(staff, operation, good, media_type)
        findings.refused(answer, media_type, "Content-Type", status=415)
    findings.check()


@named([operation for operation in OPERATIONS if operation.mutates])
async def test_bodies_that_are_too_large(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings, most = Findings(operation), operation.route.max_body_bytes
    text = b'{"surprise":"' + b"x" * most + b'"}'
    if most <= 2**20:
        findings.refused(await send(staff, operation, text), "1 MB of text", status=413)
    answer = await staff.request(
        operation.route.method,
        path_of(operation),
        content=b"{}",
        headers={"content-length": str(10**12), "content-type": "application/json"},
    )
    findings.refused(answer, "a length of 10^12", status=413)
    findings.check()


@named([o for o in OPERATIONS if o.mutates and o.route.body is None])
async def test_bodies_that_are_not_expected(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings = Findings(operation)
    for content in (b'{"surprise":1}', b"[]", b"text", b"\xff"):
        findings.refused(await send(staff, operation, content), repr(content), status=422)
    findings.check()


def accepted_query(operation: Operation) -> dict[str, str]:
    """What must be there for the rest to be looked at."""
    return {"sku": "ANY"} if operation.id == "inventory_get_availability" else {}


@named(WITH_QUERY)
async def test_wrong_values_in_queries(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings, base = Findings(operation), accepted_query(operation)

    async def ask(name: str, query: str) -> None:
        rest = urlencode({other: value for other, value in base.items() if other != name})
        url = f"{path_of(operation)}?{query}" + (f"&{rest}" if rest else "")
        content = b"" if operation.route.example is None else _encoded(operation.route.example)
        answer = await staff.request(operation.route.method, url, content=content)
        findings.refused(answer, query, name, status=422)

    for name, schema in operation.query_schemas.items():
        allowed = nasties.types(schema)
        wrong = [value for value in nasties.refused_values(schema) if isinstance(value, str | int | float)]
        if "string" in allowed and "integer" not in allowed:
            wrong = [value for value in wrong if isinstance(value, str)]
        if "integer" in allowed:
            wrong += ["", "abc", "1e999", "NaN", "0x10", "1_000"]
        if "boolean" in allowed:
            wrong = [value for value in wrong if not isinstance(value, int)] + ["maybe", "yes", "2"]
        if "array" in allowed:
            wrong = ["a\x00b", ""]
        for value in wrong:
            if value == "text" and "string" not in allowed and "integer" not in allowed:
                continue
            await ask(name, f"{name}={quote(str(value))}")
        if "array" not in allowed:
            await ask(name, f"{name}=1&{name}=2")
    await ask("surprise", "surprise=1")
    findings.check()


@named(OPERATIONS)
async def test_queries_that_cannot_be_read(staff: httpx.AsyncClient, operation: Operation) -> None:
    """Bytes that are no text, more parameters than anybody has, and one that the route does not know."""
    findings = Findings(operation)
    for query in ("limit=%ff", "=", "&".join(f"p{n}=1" for n in range(200)), "a%00b=1", "surprise", "%"):
        content = b"{}" if operation.mutates else b""
        answer = await staff.request(operation.route.method, f"{path_of(operation)}?{query}", content=content)
        findings.refused(answer, query[:40], status=422)
    findings.check()


@named(WITH_CURSOR)
async def test_cursors_that_nobody_gave(staff: httpx.AsyncClient, operation: Operation) -> None:
    """Refused by name, whatever the sort; one that happens to fit is a position like any other."""
    findings = Findings(operation)
    sorts = [
        value
        for option in nasties.options(operation.query_schemas.get("sort", {}))
        for value in option.get("enum", [])
    ]
    for sort in sorts or [None]:
        for cursor in nasties.made_up_cursors():
            params = {"cursor": cursor, **({"sort": sort} if sort else {})}
            answer = await staff.get(path_of(operation), params=params)
            if answer.status_code not in (200, 404):
                findings.refused(answer, f"{cursor} by {sort}", "cursor", status=422)
    findings.check()


@named(
    [
        o
        for o in OPERATIONS
        if any(s.get("format") == "date-time" for p in o.query_schemas.values() for s in nasties.options(p))
    ]
)
async def test_times_at_the_ends_of_the_calendar(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings = Findings(operation)
    for name, schema in operation.query_schemas.items():
        if not any(shape.get("format") == "date-time" for shape in nasties.options(schema)):
            continue
        for time in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00"):
            answer = await staff.request(operation.route.method, path_of(operation), params={name: time})
            findings.refused(answer, time, name, status=422)
    findings.check()


def currencies_in(operation: Operation) -> list[tuple[str, nasties.Path]]:
    """Where a body or a query names a currency: by its schema's pattern."""
    found: list[tuple[str, nasties.Path]] = []
    if operation.body_schema is not None:
        found += [
            ("body", place)
            for place, schema in nasties.places(operation.body_schema, operation.route.example)
            if any(_is_currency(shape) for shape in nasties.options(schema))
        ]
    found += [
        ("query", (name,))
        for name, schema in operation.query_schemas.items()
        if any(_is_currency(shape) for shape in nasties.options(schema))
    ]
    return found


def _is_currency(schema: dict[str, Any]) -> bool:
    return "4217" in schema.get("description", "")


@named([operation for operation in OPERATIONS if currencies_in(operation)])
async def test_currencies_that_do_not_exist(staff: httpx.AsyncClient, operation: Operation) -> None:
    findings = Findings(operation)
    for currency in ("XXX", "ABC", "eur", "EURO", "E1R"):
        for kind, place in currencies_in(operation):
            name = str(place[0])
            if kind == "body":
                content = _encoded(nasties.with_value(operation.route.example, place, currency))
                answer = await send(staff, operation, content)
            else:
                answer = await staff.request(
                    operation.route.method, path_of(operation), params={name: currency}, content=b""
                )
            findings.refused(answer, f"{kind} {place} = {currency}", name, status=422)
    findings.check()


async def test_a_currency_that_does_not_exist_as_a_name_in_a_map(staff: httpx.AsyncClient) -> None:
    body = {"name": "Courier", "prices": {"XXX": {"price_minor": 990}}}
    answer = await staff.put("/v1/shipping-methods/courier", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "currency_unknown")
    assert answer.json()["field"].startswith("prices")


@named(WITH_PATH)
async def test_texts_in_paths(raw: tuple[str, aiohttp.ClientSession], operation: Operation) -> None:
    """As bytes on the wire. What names nothing is 404, and never an error of ours."""
    url, session = raw
    wrong = []
    for name in operation.path_names:
        for text in (*nasties.PATH_TEXTS, *(nasties.NO_IDS if name.endswith("_id") else ())):
            values = {
                other: str(uuid.uuid4()) if other.endswith("_id") else "none"
                for other in operation.path_names
            }
            target = operation.url({**values, name: text})
            body = None if operation.route.example is None else _encoded(operation.route.example)
            headers = {"content-type": "application/json"} if body else {}
            async with session.request(
                operation.route.method, URL(url + target, encoded=True), data=body, headers=headers
            ) as answer:
                content = await answer.read()
                fine = (401, 404) if name.endswith("_id") else range(200, 500)
                problem = answer.status < 400 or answer.headers["content-type"] == PROBLEM
                if answer.status not in fine or not problem or "x-evil" in answer.headers:
                    wrong.append(f"{name}={text[:40]} -> {answer.status} {content[:200]!r}")
    assert not wrong, "\n".join(wrong[:12])


HEADERS = [
    ("if-match", '"abc"'),
    ("if-match", '"99999999999999999999"'),
    ("if-match", 'W/"1"'),
    ("if-none-match", "*, " * 200),
    ("traceparent", "00-" + "z" * 32 + "-" + "0" * 16 + "-01"),
    ("traceparent", '00-"},{' + "0" * 48),
    ("x-request-id", "x" * 5000),
    ("x-request-id", '"},{"level":"error"'),
    ("tradewind-deadline-ms", "-1"),
    ("tradewind-deadline-ms", "0"),
    ("tradewind-identity", "e30.e30.e30"),
    ("accept", "application/xml"),
    ("accept-encoding", "gzip;q=NaN, \xff"),
    ("cookie", "__Host-tradewind=\xff; a=b"),
    ("content-type", ""),
    ("user-agent", "\xff\x80" * 100),
    ("forwarded", "for=;;;,,"),
    ("x-forwarded-for", "999.999.999.999, ::1, junk"),
    ("origin", "null"),
    ("range", "bytes=-1"),
    ("expect", "200-maybe"),
]


@pytest.mark.parametrize(("name", "value"), HEADERS)
async def test_nonsense_in_headers_is_nobodys_error(
    raw: tuple[str, aiohttp.ClientSession], name: str, value: str
) -> None:
    url, session = raw
    body = {"title": "Vase"}
    path = f"/v1/products/{uuid.uuid4()}"
    for method, content in (("GET", None), ("PATCH", _encoded(body))):
        async with session.request(
            method, url + path, data=content, headers={"content-type": "application/json", name: value}
        ) as answer:
            await answer.read()
            assert answer.status < 500
            assert re.fullmatch(r"[\w.-]{1,64}", answer.headers["x-request-id"])


async def test_what_is_no_http_is_refused_and_the_next_is_served(market: Market) -> None:
    async with serving(market.gateway) as url:
        port = int(url.rpartition(":")[2])
        for request in (
            b"GET /\x00 HTTP/1.1\r\nhost: a\r\n\r\n",
            b"POST /v1/carts HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n",
            b"POST /v1/carts HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}",
            b"POST /v1/carts HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET /v1/products HTTP/9.9\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status = (await asyncio.wait_for(reader.read(200), 5)).split(b" ")[1:2]
            writer.close()
            assert status in ([], [b"400"], [b"404"], [b"413"]), (request, status)
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/health/live")).status_code == 200


async def test_a_name_that_was_given_up_again_and_again_is_free_again(staff: httpx.AsyncClient) -> None:
    """A renamed category keeps its slug; Schemathesis found that the third of a name had none left."""
    for number in range(6):
        made = await staff.post("/v1/categories", json={"name": "Given up"})
        assert made.status_code == 201, made.text
        path = f"/v1/categories/{made.json()['category_id']}"
        renamed = await staff.patch(path, json={"name": f"Kept {number}"})
        assert renamed.status_code == 200, renamed.text
