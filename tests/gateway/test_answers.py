from __future__ import annotations

import gzip

import pytest

from tests.gateway.edge import ADA, open_edge
from tradewind.gateway.compression import Compression, accepts_gzip
from tradewind.kernel.http import JSON, Request, Response

GZIP = {"accept-encoding": "br, gzip"}


async def test_a_browser_can_do_nothing_with_json_but_show_it() -> None:
    async with open_edge() as client:
        for path in ("/v1/things/7", "/v1/nothing", "/v1/mine", "/openapi.json"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert "strict-transport-security" not in headers


async def test_what_is_not_json_has_every_security_header() -> None:
    async with open_edge() as client:
        headers = (await client.get("/v1/export")).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        for name in ("x-content-type-options", "referrer-policy", "permissions-policy"):
            assert name in headers


async def test_over_https_browsers_are_told_to_stay_there() -> None:
    async with open_edge(public_url="https://shop.example") as client:
        headers = (await client.get("/v1/things/7")).headers
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_large_text_leaves_compressed_where_the_client_reads_it() -> None:
    async with open_edge() as client:
        plain = await client.get("/v1/things?limit=100")
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "accept-encoding"
        async with client.stream("GET", "/v1/things?limit=100", headers=GZIP) as packed:
            raw = b"".join([chunk async for chunk in packed.aiter_raw()])
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(raw) < len(plain.content) / 4
        assert gzip.decompress(raw) == plain.content
        assert packed.headers["etag"] == "W/" + plain.headers["etag"]


async def test_small_answers_and_those_who_did_not_ask_are_left_as_they_are() -> None:
    async with open_edge() as client:
        small = await client.get("/v1/things/7", headers=GZIP)
        assert "content-encoding" not in small.headers
        assert "vary" not in small.headers
        for accepted in ("br", "gzip;q=0", "gzip; q=0.0", "identity"):
            answer = await client.get("/v1/export", headers={"accept-encoding": accepted})
            assert "content-encoding" not in answer.headers, accepted


@pytest.mark.parametrize(("header", "accepted"), [(b"gzip;q=0.5", True), (b"gzip;q=0.05, br;q=0", True)])
def test_weights_are_read(header: bytes, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


async def test_a_copy_is_confirmed_by_its_etag_compressed_or_not() -> None:
    async with open_edge() as client:
        for headers in ({}, GZIP):
            first = await client.get("/v1/things?limit=100", headers=headers)
            again = await client.get(
                "/v1/things?limit=100", headers={**headers, "if-none-match": first.headers["etag"]}
            )
            assert again.status_code == 304
            assert again.content == b""
            assert "content-length" not in again.headers


async def test_what_is_asked_for_again_is_compressed_once_within_bounds() -> None:
    compression = Compression(cache_bytes=4_000)
    request = Request("GET", "/", headers={b"accept-encoding": b"gzip"})
    seen = set()
    for number in (1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 1):
        body = bytes(range(256)) * 8 + str(number).encode()
        response = Response(200, body, [JSON, (b"etag", f'"{number}"'.encode())])
        await compression.apply(request, response)
        assert gzip.decompress(response.body) == body
        seen.add(response.body)
    assert len(seen) == 9
    assert sum(map(len, compression._cache.values())) <= 4_000


async def test_a_very_large_answer_is_compressed_beside_the_event_loop() -> None:
    compression = Compression(cache_bytes=4_000)
    body = b'{"a":1}' * 100_000
    response = Response(200, body, [JSON])
    await compression.apply(Request("GET", "/", headers={b"accept-encoding": b"gzip"}), response)
    assert gzip.decompress(response.body) == body


async def test_other_sites_pages_read_nothing_unless_they_are_allowed() -> None:
    async with open_edge() as client:
        answer = await client.get("/v1/things/7", headers={"origin": "https://app.example"})
        assert not [name for name in answer.headers if name.startswith("access-control")]
    async with open_edge(allowed_origins=("https://app.example",)) as client:
        answer = await client.get("/v1/things/7", headers={"origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "etag" in answer.headers["access-control-expose-headers"]
        assert "origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
        refused = await client.get("/v1/mine", headers={"origin": "https://app.example"})
        assert refused.headers["access-control-allow-origin"] == "https://app.example"
        other = await client.get("/v1/things/7", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert "origin" in other.headers["vary"]
    async with open_edge(allowed_origins=("*",)) as client:
        answer = await client.get("/v1/things/7", headers={"origin": "https://any.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_preflight_tells_methods_and_headers_of_the_path() -> None:
    ask = {"origin": "https://app.example", "access-control-request-method": "POST"}
    async with open_edge(allowed_origins=("https://app.example",)) as client:
        answer = await client.options("/v1/things", headers=ask)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-methods"] == "GET, POST"
        allowed = answer.headers["access-control-allow-headers"]
        assert {"authorization", "idempotency-key", "if-none-match"} <= set(allowed.split(", "))
        foreign = await client.options("/v1/things", headers={**ask, "origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers


async def test_a_list_parameter_may_be_given_once_or_more() -> None:
    async with open_edge() as client:
        one = await client.get("/v1/things?limit=1&colour=red")
        two = await client.get("/v1/things?limit=1&colour=red&colour=blue")
        assert one.json()["items"][0]["title"] == "Thing 0 red"
        assert two.json()["items"][0]["title"] == "Thing 0 red blue"
        assert (await client.get("/v1/things?limit=1&limit=2")).status_code == 422
        null = await client.get("/v1/things?since=null")
        assert (null.status_code, null.json()["field"]) == (422, "since")
        text = await client.get("/v1/things?limit=1&colour=null")
        assert text.json()["items"][0]["title"] == "Thing 0 null"


async def test_private_answers_are_not_kept_by_caches() -> None:
    async with open_edge() as client:
        assert (await client.get("/v1/mine", headers=ADA)).headers["cache-control"] == "no-store"
        assert (await client.get("/v1/things")).headers["cache-control"] == "public, max-age=60"
