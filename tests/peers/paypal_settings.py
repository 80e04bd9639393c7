"""A shop's settings with which it takes PayPal's peer for PayPal."""

from __future__ import annotations

from pathlib import Path

from tests.peers.paypal_peer import PayPalPeer


def paypal_settings(paypal: PayPalPeer, folder: Path) -> dict[str, str]:
    """The environment of account `shop`; the peer's root certificate is written into `folder`."""
    roots = folder / "roots.pem"
    roots.write_bytes(paypal.signer.roots_pem)
    return {
        "TRADEWIND_PAYMENT_PAYPAL_URL": paypal.url,
        "TRADEWIND_PAYMENT_PAYPAL_CLIENT_ID": "client-shop",
        "TRADEWIND_PAYMENT_PAYPAL_CLIENT_SECRET": "secret-shop",
        "TRADEWIND_PAYMENT_PAYPAL_WEBHOOK_IDS": "WH-SHOP",
        "TRADEWIND_PAYMENT_PAYPAL_CERTIFICATES_URL": paypal.url,
        "TRADEWIND_PAYMENT_PAYPAL_ROOTS_FILE": str(roots),
    }
