"""What happened to an order, put together of its history, parcels, refunds, notes and mails: newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.contracts.amounts import money
from tradewind.faces.backoffice import words
from tradewind.faces.kit.visit import Visit

ICONS = {
    "pending": "shopping-bag",
    "action_required": "landmark",
    "payment_failed": "credit-card",
    "placed": "circle-check",
    "cancelled": "circle-x",
    "expired": "circle-x",
    "returned": "undo-2",
    "partially_returned": "undo-2",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`title` and `by` are in the visitor's language; `detail` is as somebody wrote it."""

    at: str
    icon: str
    title: str
    detail: str = ""
    by: str = ""
    tone: str = ""
    url: str = ""


def timeline(visit: Visit, order: Mapping[str, Any], mails: Sequence[Mapping[str, Any]] = ()) -> list[Moment]:
    moments = [
        *_states(visit, order),
        *_parcels(visit, order),
        *_refunds(visit, order),
        *_mails(visit, mails),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _states(visit: Visit, order: Mapping[str, Any]) -> Iterator[Moment]:
    """Moves of the order itself; those of its parcels and refunds are told in their own words."""
    for entry in order["history"]:
        by = _who(visit, order, entry["actor"])
        kind, to = entry["kind"], entry["to_state"]
        if kind == "staff_note":
            yield Moment(entry["at"], "sticky-note", visit.gettext("Note"), entry["reason"] or "", by)
        elif kind == "state" and entry["from_state"] is None:
            yield Moment(entry["at"], "shopping-bag", visit.gettext("Ordered"), "", by)
        elif kind == "state" and to in ICONS:
            word = words.word(words.ORDER, to)
            title = visit.gettext("Paid: to be shipped") if to == "placed" else visit.gettext(word.title)
            yield Moment(entry["at"], ICONS[to], title, entry["reason"] or "", by, word.tone)


def _parcels(visit: Visit, order: Mapping[str, Any]) -> Iterator[Moment]:
    titles = {line["sku"]: line["title"] for line in order["lines"]}
    for parcel in order["fulfilments"]:
        what = ", ".join(f"{line['quantity']} × {titles[line['sku']]}" for line in parcel["lines"])
        carrier = " ".join(part for part in (parcel["carrier"], parcel["tracking_number"]) if part)
        if parcel["shipped_at"]:
            url = parcel.get("tracking_url") or ""
            title = visit.gettext("Parcel sent")
            detail = f"{what} · {carrier}" if carrier else what
            yield Moment(parcel["shipped_at"], "truck", title, detail, "", "info", url)
        if parcel.get("delivered_at"):
            yield Moment(
                parcel["delivered_at"], "package-check", visit.gettext("Parcel delivered"), what, "", "ok"
            )
        if parcel["state"] == "failed":
            title = visit.gettext("Parcel not sent")
            yield Moment(
                parcel["created_at"], "package-x", title, f"{what} · {parcel.get('reason') or ''}", "", "bad"
            )


def _refunds(visit: Visit, order: Mapping[str, Any]) -> Iterator[Moment]:
    for refund in order["refunds"]:
        amount = money(refund["amount"]["amount_minor"], refund["amount"]["currency"], visit.language)
        by, reason = _who(visit, order, refund.get("actor") or ""), refund.get("reason") or ""
        at = refund.get("finished_at") or refund["created_at"]
        if refund["state"] == "succeeded":
            yield Moment(at, "undo-2", visit.gettext("%(amount)s refunded", amount=amount), reason, by)
        elif refund["state"] == "failed":
            title = visit.gettext("Refund of %(amount)s failed", amount=amount)
            yield Moment(at, "circle-alert", title, refund.get("failure") or reason, by, "bad")
        else:
            title = visit.gettext("Refund of %(amount)s under way", amount=amount)
            yield Moment(at, "undo-2", title, reason, by, "warn")


def _mails(visit: Visit, mails: Sequence[Mapping[str, Any]]) -> Iterator[Moment]:
    for mail in mails:
        word = words.word(words.MESSAGE, mail["state"])
        title = visit.gettext("Mail: %(subject)s", subject=mail["subject"])
        tone = word.tone if mail["state"] == "failed" else ""
        detail = visit.gettext(word.title) + " · " + mail["to"]
        yield Moment(
            mail["sent_at"] or mail["created_at"],
            "mail",
            title,
            detail,
            "",
            tone,
            f"/admin/mail/{mail['message_id']}",
        )


def _who(visit: Visit, order: Mapping[str, Any], actor: str) -> str:
    """Actors are named kind:id by the platform."""
    kind, _, name = actor.partition(":")
    if kind == "guest" or (order["account_id"] and name == order["account_id"]):
        return visit.gettext("Customer")
    if kind in ("account", "api_key"):
        return visit.gettext("Staff")
    return ""
