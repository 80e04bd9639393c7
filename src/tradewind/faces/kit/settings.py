"""What an installation may say about its pages (TRADEWIND_FACES_...)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.kernel.http import Header
from tradewind.kernel.settings import setting

HTML: Header = (b"content-type", b"text/html; charset=utf-8")


@dataclass(frozen=True)
class Settings:
    shop_name: str = setting("Aldea", help="the shop's name, on every page and in every title")
    currency: str = setting("EUR", help="what a new visitor sees prices in (ISO 4217)")
    currencies: tuple[str, ...] = setting(
        ("EUR", "USD"), help="the currencies that a visitor may choose from"
    )
    countries: tuple[str, ...] = setting(
        ("DE", "AT", "CH", "FR", "NL", "BE", "IT", "ES", "PL", "GB", "IE", "US"),
        help="where the shop sends parcels, the home country first (ISO 3166-1)",
    )
    time_zone: str = setting(
        "Europe/Berlin", help="where the shop keeps its hours: times are shown, and days begin, there (IANA)"
    )
    picture_origins: tuple[str, ...] = setting(
        ("https:",),
        help="where pictures may come from beside the shop itself, as in a Content-Security-Policy",
    )

    def page_headers(self, party: str = "") -> tuple[Header, ...]:
        """Scripts and styles are our own files alone. Style attributes are let through: they carry numbers for
        charts. `party` are the origins of other parties whose pages may be framed, and our forms lead to."""
        framed = f" {party}" if party else ""
        policy = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "style-src-attr 'unsafe-inline'",
                f"img-src 'self' data: {' '.join(self.picture_origins)}",
                "font-src 'self'",
                "connect-src 'self'",
                f"frame-src 'self'{framed}",
                f"form-action 'self'{framed}",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "manifest-src 'self'",
            )
        )
        return (HTML, (b"content-security-policy", policy.encode()), (b"cache-control", b"private, no-store"))

    def headers_with_script(self, origins: Sequence[str]) -> tuple[Header, ...]:
        """Of a page that stands in a frame of ours, so that a script of another party may run there and nowhere
        else. The first of `origins` is where the script is from."""
        others = " ".join(dict.fromkeys(origins))
        policy = "; ".join(
            (
                "default-src 'none'",
                f"script-src 'self' {origins[0]}",
                "style-src 'self'",
                "style-src-attr 'unsafe-inline'",
                f"img-src 'self' data: {others}",
                "font-src 'self'",
                f"connect-src 'self' {others}",
                f"frame-src {others}",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'self'",
            )
        )
        return (HTML, (b"content-security-policy", policy.encode()), (b"cache-control", b"private, no-store"))
