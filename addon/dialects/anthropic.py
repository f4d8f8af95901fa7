"""Anthropic's Messages API.

    request  anthropic_request, with anthropic_parts (messages), anthropic_schema, anthropic_models (what differs)
    reply    anthropic_reply
    errors   anthropic_fault

Must not know channels. Others who carry the same format (Bedrock, Vertex) compose these.
"""

from __future__ import annotations

from collections.abc import Iterable

from addon.canon.codec import Codec, Dialect
from addon.canon.events import Event
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, Endpoint
from addon.dialects.anthropic_fault import read_error
from addon.dialects.anthropic_reply import Reader, message_events
from addon.dialects.anthropic_request import build, restricted_names


def client_names(request: ChatRequest) -> dict[str, str]:
    """Tool names as Anthropic knows them -> as the client does."""
    return {theirs: ours for ours, theirs in restricted_names(request).items()}


def reader(request: ChatRequest, target: Target) -> Reader:
    return Reader(client_names(request))


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return message_events(client_names(request), body)


DIALECT = Dialect(
    name="anthropic",
    codecs={Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply)},
    read_error=read_error,
)
