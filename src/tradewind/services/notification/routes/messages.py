"""For staff: what was sent to whom, and how it looks."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.services.notification import queries
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.shapes import (
    Message,
    MessageQuery,
    MessageSummary,
    Preview,
    PreviewQuery,
    Templates,
)
from tradewind.services.notification.use_cases.send_again import send_again

READ = permission("messages:read")
WRITE = permission("messages:write")


async def list_messages(deps: Deps, call: Call[None, MessageQuery]) -> Page[MessageSummary]:
    return await queries.list_messages(deps, call.query)


async def get_message(deps: Deps, call: Call[None, None]) -> Message:
    return await queries.message(deps, deps.db, call.uuid("message_id"))


async def post_retry(deps: Deps, call: Call[None, None]) -> Message:
    return await send_again(deps, call.uuid("message_id"), call.once)


async def list_templates(deps: Deps, call: Call[None, PreviewQuery]) -> Templates:
    return queries.templates(call.query.language)


async def get_preview(deps: Deps, call: Call[None, PreviewQuery]) -> Preview:
    return queries.preview(deps, call.parameters["kind"], call.query.language)


_NO_MESSAGE = (NotFound, "message_not_found")
MESSAGE_ROUTES = (
    Route(
        "GET",
        "/v1/messages",
        list_messages,
        READ,
        "List the messages to customers and staff, newest first",
        answer=Page[MessageSummary],
        query=MessageQuery,
    ),
    Route(
        "GET",
        "/v1/messages/{message_id}",
        get_message,
        READ,
        "Show a message as its reader has it",
        answer=Message,
        errors=(_NO_MESSAGE,),
    ),
    Route(
        "POST",
        "/v1/messages/{message_id}/retry",
        post_retry,
        WRITE,
        "Send a message again",
        answer=Message,
        errors=(_NO_MESSAGE, (Conflict, "message_not_sendable")),
        secret=True,
    ),
    Route(
        "GET",
        "/v1/message-templates",
        list_templates,
        READ,
        "List the kinds of messages",
        answer=Templates,
        query=PreviewQuery,
    ),
    Route(
        "GET",
        "/v1/message-templates/{kind}/preview",
        get_preview,
        READ,
        "Show a kind of message with made-up data",
        answer=Preview,
        query=PreviewQuery,
        errors=((NotFound, "template_not_found"),),
    ),
)
