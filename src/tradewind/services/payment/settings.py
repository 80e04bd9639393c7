"""What whoever runs the payment service decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from tradewind.kernel.settings import setting

SECONDS = Meta(gt=0, le=3600)


@dataclass(frozen=True)
class Settings:
    processors: tuple[str, ...] = setting(
        ("sandbox",),
        help="who is paid through, of sandbox, stripe, paypal; the first where nothing says otherwise",
    )
    offers: tuple[str, ...] = setting(
        ("card", "paypal", "gift_card", "bank_transfer", "cash_on_delivery"),
        help="the methods that shoppers are offered, as far as the processors have them",
    )
    bank_account: str = setting(
        "", help="where a bank transfer goes to, as shoppers are told it: holder, IBAN, BIC"
    )
    processor_url: str = setting(
        development="http://127.0.0.1:8090", help="where this process reaches the card processor"
    )
    processor_public_url: str = setting(
        "", help="where a browser reaches the card processor; empty: at processor_url"
    )
    processor_secret_key: str = setting(
        development="sk_sandbox_tradewind", secret=True, help="our secret key at the card processor"
    )
    processor_publishable_key: str = setting(
        development="pk_sandbox_tradewind", help="the key that browsers make card tokens with"
    )
    processor_webhook_secret: str = setting(
        development="whsec_dHJhZGV3aW5kIHNhbmRib3ggd2ViaG9va3M=",
        secret=True,
        help="what the processor signs its webhooks with: whsec_ and base64, as in Standard Webhooks",
    )
    processor_timeout_seconds: Annotated[float, SECONDS] = setting(
        8.0, help="how long one call to the processor may take"
    )
    breaker_failures: Annotated[int, Meta(ge=1)] = setting(
        5, help="after so many failures in a row the processor is left alone"
    )
    breaker_open_seconds: Annotated[float, SECONDS] = setting(
        5.0, help="how long it is left alone before one call tries it"
    )
    stripe_secret_key: str = setting(
        "", secret=True, help="our key at Stripe; two parted by a comma while one replaces the other"
    )
    stripe_publishable_key: str = setting("", help="the key at Stripe that browsers have")
    stripe_webhook_secret: str = setting(
        "",
        secret=True,
        help="what Stripe signs its webhooks with: whsec_...; two while one replaces the other",
    )
    stripe_wallets: tuple[str, ...] = setting(
        (), help="what Stripe is let offer beside cards, of those that can be captured later: klarna, ..."
    )
    stripe_url: str = setting("https://api.stripe.com", help="where this process reaches Stripe")
    stripe_script_url: str = setting(
        "https://js.stripe.com/v3/", help="where a browser gets the script that draws Stripe's card fields"
    )
    paypal_client_id: str = setting("", help="our client id at PayPal; two while one replaces the other")
    paypal_client_secret: str = setting(
        "", secret=True, help="the secret of each client id, in the same order, parted by commas"
    )
    paypal_webhook_ids: str = setting(
        "", help="the ids that PayPal gave to our webhooks; two while one replaces the other"
    )
    paypal_url: str = setting(
        "https://api-m.paypal.com",
        help="where this process reaches PayPal; its sandbox: api-m.sandbox.paypal.com",
    )
    paypal_certificates_url: str = setting(
        "", help="where webhooks' certificates may be taken from beside PayPal's own hosts; for tests"
    )
    paypal_roots_file: str = setting(
        "", help="the roots that these certificates must come from, in PEM; empty: the public ones"
    )
    settled_within_days: Annotated[int, Meta(ge=1, le=90)] = setting(
        7, help="a capture or refund that no settlement file tells of after so many days is an exception"
    )
    challenge_minutes: Annotated[int, Meta(ge=1, le=60)] = setting(
        30, help="how long a shopper has to confirm with the bank"
    )
    lease_margin_seconds: Annotated[float, SECONDS] = setting(
        4.0, help="how long after its calls' time limits a process may still hold a payment to itself"
    )
    resolve_first_seconds: Annotated[float, SECONDS] = setting(
        5.0, help="when the processor is first asked about an unknown outcome; twice as long each time after"
    )
    resolve_most_seconds: Annotated[float, SECONDS] = setting(
        300.0, help="the longest pause between two such questions"
    )
    settled_after_seconds: Annotated[float, SECONDS] = setting(
        180.0,
        help="when a request that the processor does not know is taken not to arrive any more: longer than a process "
        "and the network together may hold it up",
    )

    expiry_notice_days: Annotated[int, Meta(ge=0, le=28)] = setting(
        2, help="so long before it lapses what is held on a card is renewed, or told to lapse"
    )
    bank_transfer_days: Annotated[int, Meta(ge=0, le=365)] = setting(
        14, help="an order whose transfer has not begun to arrive after so many days expires; 0: never"
    )
    purchase_methods: tuple[str, ...] = setting(
        (), help="of card and paypal, what is captured whole when the order is placed, not parcel by parcel"
    )

    @property
    def lease_seconds(self) -> float:
        """Whoever settles a payment asks, sends, and may have to ask again: three calls at the most."""
        return 3 * self.processor_timeout_seconds + self.lease_margin_seconds
