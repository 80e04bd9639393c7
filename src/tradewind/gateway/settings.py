"""What an installation may say about its edge (TRADEWIND_GATEWAY_...)."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    public_url: str = setting(
        "http://127.0.0.1:8000", help="where clients reach this shop; with https, HSTS is sent"
    )
    trusted_proxies: tuple[str, ...] = setting(
        (), help="networks (CIDR) whose X-Forwarded-For is believed, such as 10.0.0.0/8"
    )
    allowed_origins: tuple[str, ...] = setting(
        (), help="browser origins that may read answers across sites, such as https://app.example; * for all"
    )
    client_per_minute: int = setting(600, help="requests a minute from one client address")
    account_per_minute: int = setting(1200, help="requests a minute of one account or API key, from anywhere")
    costly_per_minute: int = setting(
        100, help="what a client may spend a minute on a costly route: one of cost 10 may be asked 10 times"
    )
    route_limits: tuple[str, ...] = setting(
        (), help="other limits a client and route, a minute, such as 'POST /v1/orders=30'"
    )
    limit_multiplier: float = setting(1.0, help="multiplies every rate limit; 0 switches them off")
    limits_url: str = setting(
        "", help="where limits are counted for all gateways together, redis://host:6379/0; empty: in each"
    )
    most_in_flight: int = setting(512, help="requests served at once; more are answered 503 with Retry-After")
    most_streams: int = setting(1024, help="streamed answers sent at once; more are answered 503")
    most_streams_by_client: int = setting(64, help="of which one client's address may have so many")
    compressed_cache_bytes: int = setting(
        16 * 1024 * 1024, help="memory for compressed answers that are asked for again and again"
    )
    metrics_token: str = setting(
        "", secret=True, help="bearer token that opens /metrics; without it, only this machine may read them"
    )
