"""A line a request: JSON for programs, on a terminal one that a person reads."""

from __future__ import annotations

import io

import msgspec
import pytest

from tradewind.kernel.http import Request
from tradewind.kernel.request_log import AccessLog, series_of


@pytest.mark.parametrize("readable", [True, False])
async def test_no_path_steers_the_terminal_that_it_is_printed_on(readable: bool) -> None:
    stream = io.BytesIO()
    log = AccessLog(stream, readable=readable)
    request = Request("GET", "/search/\x1b[2J\n\u009b31m")
    log.write(series_of("GET", "/search/{q}", 404), request, 0.0123)
    log.flush()
    (line,) = stream.getvalue().splitlines()
    assert b"\x1b" not in line and b"GET" in line and b"404" in line
    if readable:
        assert b"12.3 ms, guest" in line and line.isascii()
    else:
        said = msgspec.json.decode(line)
        assert (said["path"], said["milliseconds"], said["caller"]) == (request.path, 12.3, "guest")
