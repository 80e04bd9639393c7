"""Which addresses a browser may be sent back to, and which a webhook may be sent to."""

import ipaddress
import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from tradewind.sandbox_processor.refusals import Refusal, invalid_request

_SAFE_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~%]+", re.IGNORECASE)
_SAFE_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def check_return_url(url: str, return_origins: tuple[str, ...]) -> None:
    """Refuse a `return_url` that is not http(s), or leads where this processor sends nobody."""
    origin = _origin_of(url, "return_url")
    allowed = origin in return_origins if return_origins else is_loopback(_host_of(url))
    if not allowed:
        message = "This processor does not send anyone back to that origin (--allow-return-origin)."
        raise invalid_request("return_url_not_allowed", message, "return_url")


def check_webhook_url(url: str) -> None:
    """Refuse a `url` to which events could be read on their way: neither https nor this machine."""
    _origin_of(url, "url")
    if urlsplit(url).scheme != "https" and not is_loopback(_host_of(url)):
        raise invalid_request("url_not_allowed", "A webhook goes to https or to a loopback address.", "url")


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL that has been checked, as a browser writes an origin."""
    parts = urlsplit(url)
    host = _host_of(url)
    shown = f"[{host}]" if ":" in host else host
    default_port = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if parts.port in (None, default_port) else f":{parts.port}")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def with_query(url: str, **values: str) -> str:
    """The URL with the values added to its query; what the query held before stays."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(values))))
    return urlunsplit(parts._replace(query=query))


def normalised_origin(text: str) -> str:
    """An origin as it was typed on the command line; ValueError when it is none."""
    try:
        origin = _origin_of(text, "return_url")
    except Refusal as refusal:
        raise ValueError(refusal.message) from None
    if urlsplit(text).path not in ("", "/") or urlsplit(text).query:
        raise ValueError("an origin has no path")
    return origin


def _origin_of(url: str, field: str) -> str:
    """The origin, or a Refusal that names `field`. What is let through is safe in a header."""
    refusal = invalid_request("invalid_url", "That is not an http or https address.", field)
    if not _SAFE_URL.fullmatch(url):
        raise refusal
    try:
        parts = urlsplit(url)
        if parts.username is not None or not _SAFE_HOST.fullmatch(parts.hostname or ""):
            raise refusal
        return origin_of(url)
    except (ValueError, KeyError):
        raise refusal from None


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
