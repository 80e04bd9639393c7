"""Requests for services of other processes: sent on with a signed identity, tried again where that is safe."""

from __future__ import annotations

from urllib.parse import quote

from tradewind.kernel import deadline
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.http import Header, Request, Response, Route, internal_error, problem
from tradewind.kernel.identity import InternalTokens
from tradewind.kernel.server import REQUEST_SECONDS
from tradewind.kernel.telemetry import current_trace, log
from tradewind.kernel.upstream import Upstream, UpstreamAnswer, UpstreamUnavailable

# Between two neighbours, or ours to say, or of no use behind: the gateway compresses.
_NOT_PASSED_ON = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade host content-length expect accept-encoding forwarded x-forwarded-for "
    b"x-forwarded-host x-forwarded-proto x-real-ip x-request-id traceparent".split()
)
_NOT_PASSED_BACK = frozenset(
    b"connection keep-alive proxy-authenticate trailer transfer-encoding upgrade content-length date server "
    b"x-request-id".split()
)
_SAFE_IN_PATHS = "/:@!$&'()*+,;=-._~"


class Proxied:
    """Answers for one route of a service that runs elsewhere."""

    def __init__(self, route: Route, upstream: Upstream, tokens: InternalTokens) -> None:
        self._route, self._upstream, self._tokens = route, upstream, tokens
        self._lasting = route.media_type == "text/event-stream"

    async def __call__(self, request: Request) -> Response:
        self._route.policy.authorise(request.principal)
        await request.read(self._route.max_body_bytes)
        target = quote(request.path, safe=_SAFE_IN_PATHS)
        if request.query:
            target += "?" + request.query.decode("latin-1")
        try:
            answer = await self._ask(request, target)
        except UpstreamUnavailable as error:
            log.warning("service_unavailable", service=self._upstream.name, error=str(error), sent=error.sent)
            raise self._unavailable(request, error) from error
        return await _answered(request, answer)

    async def _ask(self, request: Request, target: str) -> UpstreamAnswer:
        """A read is asked once more, of another replica; a change only if it certainly did not arrive."""
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return await self._send(request, method, target)
        except UpstreamUnavailable as error:
            again = method == "GET" or not error.sent
            elsewhere = error.sent or self._upstream.replicas > 1  # who refuses once refuses again
            if not (again and elsewhere and self._upstream.may_retry()):
                raise
            log.warning("ask_again", service=self._upstream.name, error=str(error))
            return await self._send(request, method, target)

    async def _send(self, request: Request, method: str, target: str) -> UpstreamAnswer:
        seconds = deadline.remaining_seconds(REQUEST_SECONDS)
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.headers.items()
            if name not in _NOT_PASSED_ON and not name.startswith(b"tradewind-")
        }
        headers["tradewind-identity"] = self._tokens.mint(request.principal)
        headers["tradewind-deadline-ms"] = str(int(seconds * 1000))
        headers["traceparent"] = current_trace()
        headers["x-request-id"] = request.request_id
        return await self._upstream.exchange(
            method, target, request.body, headers, timeout_seconds=seconds, lasting=self._lasting
        )

    def _unavailable(self, request: Request, error: UpstreamUnavailable) -> Unavailable:
        message = f"the {self._upstream.name} service does not answer; try again shortly"
        if error.sent and self._route.mutates:
            message = (
                f"the {self._upstream.name} service did not answer, so the outcome is unknown: "
                "send the same request again, with the same Idempotency-Key"
            )
        return Unavailable("service_unavailable", message, retry_after_seconds=1)


async def _answered(request: Request, answer: UpstreamAnswer) -> Response:
    headers: list[Header] = [
        (lowered, value)
        for name, value in answer.headers
        if (lowered := name.lower()) not in _NOT_PASSED_BACK
    ]
    if answer.status >= 500 and not _is_problem(headers):
        log.error("service_failed", path=request.path, status=answer.status)
        if answer.stream is not None:
            await answer.stream.aclose()
        if answer.status in (502, 503, 504):
            refusal = Unavailable("service_unavailable", "the service does not answer; try again shortly")
            return problem(refusal, request.request_id)
        return internal_error(request.request_id)
    return Response(answer.status, answer.body, headers, stream=answer.stream)


def _is_problem(headers: list[Header]) -> bool:
    return any(n == b"content-type" and v.startswith(b"application/problem+json") for n, v in headers)
