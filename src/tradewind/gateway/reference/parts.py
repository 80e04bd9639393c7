"""The frame of the gateway's pages, and the small pieces that all of them use. All text is escaped here."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files

STYLE = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9"/>'
    '<path d="M7 20c5 0 7-9 12-9 3 0 5 2 5 4.500S22 20 20 20M7 24.500c6 0 9-2 14-2"/></svg>'
)
_TOKEN = re.compile(
    r"(?P<key>&quot;[^&\n]*?&quot;)(?=: )|(?P<string>&quot;.*?&quot;)"
    r"|(?<=[\s\[:])(?P<number>-?\d+(?:\.\d+)?)(?=[,\n\]}]|$)|\b(?P<word>true|false|null)\b"
)


def frame(title: str, bar: str, content: str) -> str:
    """A whole page. It has no script and asks for nothing else: `bar` and `content` are HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        '<a class="skip" href="#content">Skip to content</a>'
        f'<header class="bar"><a class="brand" href="/docs">{_MARK}<span>Tradewind</span></a>{bar}</header>'
        f"{content}</body></html>"
    )


def prose(text: str) -> str:
    """Plain text with `code` in backticks; an empty line begins a paragraph."""
    return "".join(f"<p>{inline(part)}</p>" for part in text.strip().split("\n\n"))


def inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def method_badge(method: str) -> str:
    name = escape(method)
    return f'<span class="method {name.lower()}">{name.upper()}</span>'


def path_code(path: str) -> str:
    return '<code class="path">' + re.sub(r"\{(\w+)\}", r"<var>{\1}</var>", escape(path)) + "</code>"


def json_block(label: str, code: str) -> str:
    """A labelled block of JSON, coloured; since it may scroll, the keyboard reaches it."""
    return _block(label, _TOKEN.sub(_coloured, escape(code)), "code")


def command_block(label: str, command: str) -> str:
    return _block(label, escape(command), "code wrapped")


def _block(label: str, shown: str, kind: str) -> str:
    return (
        f'<figure class="{kind}"><figcaption>{escape(label)}</figcaption>'
        f'<pre tabindex="0" aria-label="{escape(label)}"><code>{shown}</code></pre></figure>'
    )


def _coloured(found: re.Match[str]) -> str:
    return f'<span class="{found.lastgroup}">{found[0]}</span>'


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], label: str) -> str:
    """Cells are HTML; the first of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(_row(list(row)) for row in rows)
    return (
        f'<div class="table"><table aria-label="{escape(label)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>"
