"""Where a parcel can be followed, by the carrier that the warehouse named. Pure."""

from __future__ import annotations

from urllib.parse import quote

_PAGES = {
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "deutsche post": "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}",
    "ups": "https://www.ups.com/track?tracknum={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "dpd": "https://tracking.dpd.de/status/en_US/parcel/{}",
    "gls": "https://gls-group.com/track/{}",
    "hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "royal mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "la poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "postnl": "https://postnl.nl/tracktrace/?B={}",
    "austrian post": "https://www.post.at/en/track?snr={}",
    "swiss post": "https://www.post.ch/swisspost-tracking?formattedParcelCodes={}",
}


def tracking_url(carrier: str, tracking_number: str) -> str | None:
    """The carrier's page about the parcel. None for a carrier that is not known, or without a number.

    `DHL Express` and `dhl` are both DHL: the longest name that the carrier's begins with decides.
    """
    named, number = carrier.strip().lower(), tracking_number.strip()
    known = [name for name in _PAGES if named == name or named.startswith(f"{name} ")]
    if not known or not number:
        return None
    return _PAGES[max(known, key=len)].format(quote(number, safe=""))
