"""The pages a shopper sees, filled in from templates/. Every value is escaped; only Markup is not."""

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template

from tradewind.sandbox_processor.http import Answer
from tradewind.sandbox_processor.rows import StoredAuthorisation
from tradewind.sandbox_processor.wire import Token

FOLDER = Path(__file__).parent
TEMPLATES = {path.stem: Template(path.read_text()) for path in (FOLDER / "templates").glob("*.html")}
STATIC = {path.name: path.read_bytes() for path in (FOLDER / "static").iterdir()}
CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

# ISO 4217: the currencies whose minor unit is not a hundredth.
ONLY_WHOLE_UNITS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))

CARD_FIELDS = ("number", "exp_month", "exp_year", "cvc")


class Markup(str):
    """HTML made here, safe as it is."""

    __slots__ = ()


def challenge_page(authorisation: StoredAuthorisation, return_origin: str | None) -> Answer:
    content = _fill(
        "challenge",
        amount=shown_amount(authorisation.amount_minor, authorisation.currency),
        merchant=authorisation.merchant,
        network=authorisation.network.capitalize(),
        last4=authorisation.last4,
        challenge_id=authorisation.challenge_id or "",
    )
    return _page(200, "Confirm your payment", content, return_origin, framed_by=return_origin)


def challenge_done_page(
    authorisation: StoredAuthorisation, return_to: str | None, return_origin: str | None
) -> Answer:
    heading, explanation = {
        "authorised": ("Payment approved", "You can go back to the shop."),
        "declined": ("Payment refused", "Nothing was charged."),
        "voided": ("Payment no longer wanted", "The shop withdrew it. Nothing was charged."),
    }[authorisation.status]
    link = Markup("")
    if return_to is not None:
        link = Markup(f'<p><a href="{html.escape(return_to)}">Back to the shop</a></p>')
    content = _fill("challenge_done", heading=heading, explanation=explanation, way_back=link)
    return _page(200, heading, content, return_origin, framed_by=return_origin)


def card_form_page(
    status: int,
    hidden: Mapping[str, str],
    typed: Mapping[str, str],
    error: tuple[str, str] | None,
    return_origin: str,
    framed: bool,
) -> Answer:
    """The form; `error` is a field and what is wrong with it. Number and security code come back empty."""
    values: dict[str, str] = {name: typed.get(name, "") for name in ("exp_month", "exp_year", "name")}
    for name in CARD_FIELDS:
        wrong = error is not None and error[0] == name
        attributes = f'aria-invalid="true" aria-describedby="{name}-error" autofocus' if wrong else ""
        values[f"{name}_error_attributes"] = Markup(attributes)
        values[f"{name}_error"] = _error_beside(name, error[1]) if wrong and error else Markup("")
    elsewhere = error is not None and error[0] not in CARD_FIELDS
    summary = f'<p class="error" role="alert">{html.escape(error[1])}</p>' if elsewhere and error else ""
    fields = (
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in hidden.items()
    )
    content = _fill("card_form", summary=Markup(summary), hidden=Markup("\n".join(fields)), **values)
    title = "Error: card details" if error else "Card details"
    return _page(status, title, content, return_origin, framed_by=return_origin if framed else None)


def card_done_page(token: Token, href: str, state: str, return_origin: str) -> Answer:
    content = _fill(
        "card_done",
        href=href,
        token=token.token,
        last4=token.last4,
        network=token.network,
        state=state,
        origin=return_origin,
    )
    return _page(200, "Card accepted", content, return_origin, framed_by=return_origin)


def problem_page(status: int, message: str) -> Answer:
    content = _fill("problem", message=message)
    return _page(status, "This page cannot be shown", content, None, framed_by=None)


def static_file(name: str) -> Answer:
    answer = Answer(200, STATIC[name], CONTENT_TYPES[Path(name).suffix])
    answer.headers["cache-control"] = "public, max-age=300"
    return answer


def shown_amount(amount_minor: int, currency: str) -> str:
    if currency in ONLY_WHOLE_UNITS:
        return f"{amount_minor:,} {currency}"
    digits = 3 if currency in THOUSANDTHS else 2
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole:,}.{part:0{digits}d} {currency}"


def _error_beside(name: str, message: str) -> Markup:
    return Markup(f'<p class="error" id="{name}-error">{html.escape(message)}</p>')


def _fill(template: str, **values: str) -> Markup:
    safe = {
        name: value if isinstance(value, Markup) else html.escape(value) for name, value in values.items()
    }
    return Markup(TEMPLATES[template].substitute(safe))


def _page(
    status: int, title: str, content: Markup, form_leads_to: str | None, framed_by: str | None
) -> Answer:
    """A page that loads nothing but our own style and script, and that only `framed_by` may frame.

    `form_leads_to` is named because browsers hold a form's redirect to form-action as well.
    """
    framing = framed_by or "'none'"
    policy = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "base-uri 'none'",
            f"form-action 'self' {form_leads_to or ''}".rstrip(),
            f"frame-ancestors {framing}",
        )
    )
    body = _fill("layout", title=title, content=content).encode()
    headers = {"content-security-policy": policy, "referrer-policy": "no-referrer"}
    return Answer(status, body, "text/html; charset=utf-8", headers)
