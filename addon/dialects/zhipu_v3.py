"""Zhipu's API v3 (`model-api/<model>/invoke` and `sse-invoke`), for the chatglm_ models that One API still sends there.

Zhipu documents it no more; facts are those of its old SDK and of One API. Text only, no system role, no tools.
Must not know v4.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from addon.canon.codec import BadKey
from addon.canon.dialogue import (
    RESULT_ROLES,
    body_of,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.events import Ended, Event, Failed, Finished, Started, TextDelta, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Message
from addon.canon.texts import plain_text
from addon.canon.turns import alternating, refuse_tools, spoken
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_fault_kinds import STATUS_OF, TYPE_OF
from addon.signing.jwt import hs256

Json = dict[str, Any]
PROVIDER = "Zhipu's API v3"
KEY_FORM = "A Zhipu key is id.secret: 32 letters and digits, a dot, and 16 more."
LIFE_MS = 210_000
"""How long a token is good; as long as those of Zhipu's SDK."""
LEAST, MOST = 0.01, 0.99
"""The ranges of temperature and top_p are open."""
BAD_KEYS = ("1000", "1001", "1002", "1003", "1004", "1111")


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse_foreign(request, PROVIDER)
    refuse_tools(request, PROVIDER)
    method = "sse-invoke" if request.stream else "invoke"
    document: Json = {"prompt": prompt(request, target), "return_type": "text"}
    for name in ("temperature", "top_p"):
        value = getattr(request, name)
        if value is not None:
            document[name] = min(max(value, LEAST), MOST)
    if request.stream:
        document["incremental"] = True
    base = target.base_url.removesuffix("/api/paas/v4")
    return Outbound(
        method="POST",
        url=f"{base}/api/paas/v3/model-api/{quote(target.model, safe='')}/{method}",
        headers=(
            ("content-type", "application/json"),
            ("accept", "text/event-stream" if request.stream else "application/json"),
        ),
        body=body_of(document),
        secrets=(("authorization", token(target.key, target.now * 1000)),),
    )


def token(key: str, now_ms: int) -> str:
    """The token of a key, which stands in the header by itself; `now_ms` in Unix milliseconds."""
    identity, _, secret = key.partition(".")
    if not identity or not secret or "." in secret:
        raise BadKey(KEY_FORM)
    claims = {"api_key": identity, "exp": now_ms + LIFE_MS, "timestamp": now_ms}
    return hs256(claims, secret.encode(), {"sign_type": "SIGN"})


def prompt(request: ChatRequest, target: Target) -> list[Json]:
    """The conversation; the system's words are the beginning of the user's."""
    system, rest = split_system(request.messages, target.system_prompt)
    system = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    head = (spoken("user", system, "messages[0]"),) if system else ()
    turns = [_turn(message) for message in alternating((*head, *rest))]
    if not turns:
        raise nothing_to_say(PROVIDER)
    return turns


def _turn(message: Message) -> Json:
    if message.role in RESULT_ROLES or message.tool_calls:
        raise CannotCarry(message.param, f"{PROVIDER} has no tools; use a GLM-4 model or a newer one.")
    return {"role": message.role, "content": plain_text(message, PROVIDER)}


class StreamReader:
    """One streamed answer: the event's name says what its text is. Usage stands beside the data, in a field of its own
    (`meta`) that event streams do not have; it is counted instead."""

    def read(self, frame: Frame) -> Iterable[Event]:
        text = frame.data.decode("utf-8", "replace")
        match frame.event:
            case "add" | "":
                yield TextDelta(text)
            case "finish":
                if text:
                    yield TextDelta(text)
                yield Finished("stop")
                yield Ended()
            case "interrupted":
                yield Finished("content_filter")
                yield Ended()
            case "error":
                yield Failed(fault_of_text(text))

    def close(self) -> Iterable[Event]:
        return ()


def fault_of(document: Json) -> Fault | None:
    """The fault in a document, if there is one. A bad key has no status here, and elsewhere its codes mean other
    things."""
    found = fault_in(document)
    if found is None or found.code not in BAD_KEYS:
        return found
    kind = FaultKind.BAD_KEY
    return replace(found, kind=kind, status=STATUS_OF[kind], type=TYPE_OF[kind])


def fault_of_text(text: str) -> Fault:
    """An error event has a text, or a document with a code."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    found = fault_of(document) if isinstance(document, dict) else None
    return found or Fault(FaultKind.SERVER_ERROR, 502, text or "Zhipu broke off without a word about it")


def read_reply(body: bytes) -> Iterator[Event]:
    """The events of a whole reply. Raises ValueError or KeyError for what is none."""
    document = json.loads(body)
    if document.get("success") is False or document.get("code") not in (200, None):
        found = fault_of({"code": document.get("code"), "message": document.get("msg"), "success": False})
        assert found is not None
        yield Failed(found)
        return
    data = document["data"]
    yield Started(id=str(data.get("request_id") or ""))
    yield TextDelta("".join(unquoted(choice["content"]) for choice in data["choices"]))
    usage = data.get("usage") or {}
    yield UsageReported(
        Usage(
            prompt=usage.get("prompt_tokens"),
            completion=usage.get("completion_tokens"),
            total=usage.get("total_tokens"),
        )
    )
    yield Finished("stop")


def unquoted(text: str) -> str:
    """Unless it is asked for plain text, the content is a JSON text within the JSON."""
    if not (text.startswith('"') and text.endswith('"') and len(text) > 1):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')
