"""Spark over its WebSocket: one message asks, some answer. For keys that only have that.

The model is in the address and in `domain`; a signature stands in the query. There are texts only: what a tool said is
told in words. https://www.xfyun.cn/doc/spark/Web.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from addon.canon.dialogue import RESULT_ROLES, answered_calls, json_instruction, nothing_to_say, split_system
from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Message
from addon.canon.texts import plain_text
from addon.canon.turns import says_something
from addon.dialects.spark_http import PROVIDER, after_system, key_parts, model_name, refuse_what_it_has_not
from addon.dialects.spark_reply import failure
from addon.signing.spark import http_date, signature_query

Json = dict[str, Any]
PATHS: Mapping[str, str] = {
    "lite": "/v1.1/chat",
    "general": "/v1.1/chat",
    "generalv2": "/v2.1/chat",
    "generalv3": "/v3.1/chat",
    "pro-128k": "/chat/pro-128k",
    "generalv3.5": "/v3.5/chat",
    "max-32k": "/chat/max-32k",
    "4.0Ultra": "/v4.0/chat",
    "x1": "/v1/x1",
    "kjwx": "/v1.1/chat_kjwx",
}
"""`domain` -> where it is, unless the channel's base URL has a path."""
WITH_FUNCTIONS = ("generalv3", "generalv3.5", "4.0Ultra")
LOWEST, HIGHEST = 0.01, 1.0
"""`temperature`: above 0."""
LAST = 2
LONGEST_USER = 32


def is_wanted(target: Target) -> bool:
    """The base URL asks for it, and the key can sign."""
    return target.base_url.startswith(("ws://", "wss://")) and target.key.count("|") == 2


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse_what_it_has_not(request)
    app_id, secret, api_key = key_parts(target.key)
    domain = model_name(target)
    url = address(target.base_url, domain)
    return Outbound(
        method="GET",
        url=url,
        body=json.dumps(document(request, target, app_id, domain), ensure_ascii=False).encode(),
        secret_query=tuple(signature_query(url, api_key, secret, http_date(target.now)).items()),
        upgrade=True,
    )


def address(base_url: str, domain: str) -> str:
    if urlsplit(base_url).path:
        return base_url
    if domain not in PATHS:
        raise CannotCarry("model", f"{PROVIDER} has no model {domain} on its WebSocket.", code="model_not_found")
    return base_url + PATHS[domain]


def document(request: ChatRequest, target: Target, app_id: str, domain: str) -> Json:
    header = {"app_id": app_id} | ({"uid": request.user[:LONGEST_USER]} if request.user else {})
    payload: Json = {"message": {"text": texts(request, target.system_prompt, domain)}}
    functions = functions_of(request, domain)
    if functions:
        payload["functions"] = {"text": functions}
    return {"header": header, "parameter": {"chat": parameters(request, domain)}, "payload": payload}


def parameters(request: ChatRequest, domain: str) -> Json:
    found: Json = {"domain": domain}
    if request.temperature is not None:
        found["temperature"] = min(max(request.temperature, LOWEST), HIGHEST)
    if request.max_tokens is not None:
        found["max_tokens"] = request.max_tokens
    if request.top_k is not None:
        found["top_k"] = min(max(request.top_k, 1), 6)
    return found


def functions_of(request: ChatRequest, domain: str) -> list[Json]:
    """The bare functions, for the models that can call them."""
    if not request.tools or (request.tool_choice is not None and request.tool_choice.mode == "none"):
        return []
    if domain not in WITH_FUNCTIONS:
        raise CannotCarry("tools", f"{PROVIDER}'s model {domain} calls no functions; leave tools out.")
    return [
        {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
        for tool in request.tools
    ]


def texts(request: ChatRequest, prompt: str, domain: str) -> list[Json]:
    """Texts of the user and the assistant. Where a model hears no system message, the user's first begins with it."""
    system, rest = split_system(request.messages, prompt)
    system = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    answered = {param: site.call.name for param, site in answered_calls(rest).items()}
    turns = [turn(message, answered) for message in rest if says_something(message)]
    if not turns:
        raise nothing_to_say(PROVIDER)
    return after_system(system, turns, domain)


def turn(message: Message, answered: Mapping[str, str]) -> Json:
    """The message in words: calls and their results have no place of their own."""
    said = plain_text(message, PROVIDER)
    if message.role in RESULT_ROLES:
        return {"role": "user", "content": f"{answered.get(message.param, 'The function')} returned: {said}"}
    if message.role != "assistant":
        return {"role": "user", "content": said}
    calls = [f"I call {call.name} with {call.arguments}" for call in message.tool_calls]
    return {"role": "assistant", "content": "\n".join(filter(None, (said, *calls)))}


class MessageReader:
    """The messages of one answer. A function is called in one piece, without an id."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._started = False
        self._calls = 0

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        header, payload = document["header"], document.get("payload") or {}
        choices = payload.get("choices") or {}
        sid = str(header.get("sid") or "")
        if not self._started:
            self._started = True
            yield Started(id=sid)
        for text in choices.get("text") or ():
            yield from self._said(text, sid)
        yield from usage_of(payload)
        fault = failure(document)
        if fault is not None:
            yield Failed(fault)
        elif status_of(document) == LAST:
            yield Finished("tool_calls" if self._calls else "stop")
            yield Ended()

    def close(self) -> Iterable[Event]:
        return ()

    def _said(self, text: Json, sid: str) -> Iterator[Event]:
        if text.get("reasoning_content"):
            yield ReasoningDelta(text["reasoning_content"])
        if text.get("content"):
            yield TextDelta(text["content"])
        called = text.get("function_call")
        if called:
            yield ToolCallStarted(self._calls, f"call_{plain(sid)}_{self._calls}", called["name"])
            yield ToolArguments(self._calls, called.get("arguments") or "{}")
            self._calls += 1


def usage_of(payload: Json) -> Iterator[Event]:
    counted = (payload.get("usage") or {}).get("text")
    if counted:
        prompt, completion, total = (counted.get(f"{name}_tokens") for name in ("prompt", "completion", "total"))
        yield UsageReported(Usage(prompt=prompt, completion=completion, total=total))


def plain(sid: str) -> str:
    return "".join(letter for letter in sid if letter.isalnum())


def is_last(message: bytes) -> bool:
    """Status 2, or an error."""
    try:
        document = json.loads(message)
        return status_of(document) == LAST or failure(document) is not None
    except (ValueError, LookupError, TypeError, AttributeError):
        return False


def status_of(document: Json) -> Any:
    return document["header"].get("status")
