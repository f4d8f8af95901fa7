"""What a recorded reply of an OpenAI-compatible provider says, read straight from its bytes; and what our output says.

Independent of the readers: it knows the providers' oddities by itself, and must not import the product.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
REASONS = {
    "normal": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "sensitive": "content_filter",
    "model_length": "length",
    "maximum_tokens": "length",
}
FAILURES = ("error", "network_error", "insufficient_system_resource", "abort")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@dataclass
class Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Choice:
    """One choice of a reply, put together."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[Call] = field(default_factory=list)
    finish: str | None = None


@dataclass
class Told:
    """A reply. `error` is the message of the failure in it; `usage` the counts that were reported, if any."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    cached: int = 0
    thought: int = 0
    error: str = ""

    def choice(self, index: int) -> Choice:
        return self.choices.setdefault(index, Choice())

    def note_usage(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.usage |= {name: usage[name] for name in COUNTS if usage.get(name) is not None}
            self.cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or self.cached
            self.thought = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or self.thought


def data_lines(body: bytes) -> list[str]:
    """The data of an SSE body, as far as recordings need it: the lines of an event are joined."""
    blocks = body.decode().removeprefix("\ufeff").replace("\r\n", "\n").split("\n\n")
    lines = ([line[5:].strip() for line in block.split("\n") if line.startswith("data:")] for block in blocks)
    return ["\n".join(found) for found in lines if found]


def recorded_stream(body: bytes) -> Told:
    told = Told()
    for line in data_lines(body):
        if line == "[DONE]":
            continue
        document = json.loads(line)
        note_error(told, document)
        if told.error:
            break
        if "value" in document and "choices" not in document:
            told.choice(0).text += document["value"]
        note_every_usage(told, document)
        for position, choice in enumerate(document.get("choices") or []):
            note_delta(told.choice(choice.get("index", position)), choice)
    for choice in told.choices.values():
        choice.finish = choice.finish or ("tool_calls" if choice.calls else "stop")
    return told


def note_every_usage(told: Told, document: Json) -> None:
    """Usage, wherever a provider puts it."""
    told.note_usage(document.get("usage"))
    told.note_usage((document.get("x_groq") or {}).get("usage"))
    for holder in document.get("choices") or (document.get("bot_usage") or {}).get("model_usage") or []:
        told.note_usage(holder.get("usage") or (holder if "prompt_tokens" in holder else None))


def note_delta(known: Choice, choice: Json) -> None:
    delta = choice.get("delta") or {}
    known.text += content_of(delta) or (choice.get("text") or "" if not delta else "")
    known.reasoning += reasoning_of(delta)
    known.refusal += delta.get("refusal") or ""
    # A choice ends once: Gemini behind OpenRouter says "tool_calls" and then, behind a line break, "stop".
    reason = choice.get("finish_reason")
    known.finish = known.finish or REASONS.get(reason or "", reason)
    calls = delta.get("tool_calls") or []
    for fragment in [calls] if isinstance(calls, dict) else calls:
        function = fragment.get("function")
        if not function:
            continue  # a tool of the provider's own
        if function.get("name") and (fragment.get("id") or not known.calls):
            known.calls.append(Call(fragment.get("id") or "", function["name"]))
            known.calls[-1].arguments = function.get("arguments") or ""
        else:
            position = fragment.get("index", -1)
            known.calls[position if 0 <= position < len(known.calls) else -1].arguments += (
                function.get("arguments") or ""
            )


def content_of(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):  # Cloudflare's JSON mode
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return "".join(part["text"] for part in content if part["type"] == "text")


def arguments_of(function: Json) -> str:
    given = function.get("arguments", function.get("input"))
    return given if isinstance(given, str) else json.dumps(given or {}, separators=(",", ":"))


def reasoning_of(message: Json) -> str:
    parts = message.get("content") if isinstance(message.get("content"), list) else None
    pieces = [part.get("thinking") or part.get("summary") or [] for part in parts or []]
    thoughts = [piece["text"] for several in pieces for piece in several]
    details = [detail.get("text") or detail.get("summary") or "" for detail in message.get("reasoning_details") or []]
    return message.get("reasoning_content") or message.get("reasoning") or "".join(thoughts) or "".join(details)


def recorded_reply(body: bytes) -> Told:
    told = Told()
    document = json.loads(body)
    note_error(told, document)
    if told.error:
        return told
    note_every_usage(told, document)
    for position, choice in enumerate(document["choices"]):
        known = told.choice(choice.get("index", position))
        message = choice.get("message") or {}
        known.text = content_of(message) or choice.get("text") or ""
        known.reasoning = reasoning_of(message)
        known.refusal = message.get("refusal") or ""
        for call in message.get("tool_calls") or []:
            function = call.get("function") or call.get("custom")
            if function:
                known.calls.append(Call(call.get("id") or "", function["name"], arguments_of(function)))
        reason = choice.get("finish_reason")
        known.finish = REASONS.get(reason or "", reason) or ("tool_calls" if known.calls else "stop")
    return told


def note_error(told: Told, document: Json) -> None:
    inside = [choice.get("error") for choice in document.get("choices") or []]
    ended = [choice.get("finish_reason") for choice in document.get("choices") or []]
    beside = (document.get("x_groq") or {}).get("error")
    error = next(filter(None, [document.get("error"), *inside, beside]), None)
    base = document.get("base_resp") or {}
    if error:
        told.error = error if isinstance(error, str) else error["message"]
    elif any(reason in FAILURES for reason in ended):
        told.error = next(reason for reason in ended if reason in FAILURES)
    elif base.get("status_code"):
        told.error = base["status_msg"]
    elif document.get("code"):
        told.error = document["message"]


def our_stream(body: bytes) -> Told:
    """Our stream as the strictest client reads it: every chunk complete, calls opened once, one end."""
    told = Told()
    assert body.endswith(b"\n\n") and b"\r" not in body
    events = body.decode().removesuffix("\n\n").split("\n\n")
    assert all(event.startswith("data: ") for event in events)
    chunks = [event.removeprefix("data: ").replace("\ndata: ", "\n") for event in events]
    if not chunks[-1].startswith('{"error"'):
        assert chunks.pop() == "[DONE]"
    heads = set()
    for document in map(json.loads, chunks):
        if document.get("error"):
            told.error = document["error"]["message"]
            continue
        heads.add((document["id"], document["object"], document["created"], document["model"]))
        told.note_usage(document.get("usage"))
        for choice in document["choices"]:
            note_our_choice(told.choice(choice["index"]), choice)
    assert len(heads) == (1 if told.choices else 0)
    return told


def note_our_choice(known: Choice, choice: Json) -> None:
    delta = choice.get("delta") or {}
    assert known.finish is None or choice["finish_reason"] is None
    known.text += choice.get("text") or delta.get("content") or ""
    known.reasoning += delta.get("reasoning_content") or ""
    known.refusal += delta.get("refusal") or ""
    known.finish = known.finish or choice["finish_reason"]
    for fragment in delta.get("tool_calls") or []:
        if fragment["index"] == len(known.calls):
            known.calls.append(Call(fragment["id"], fragment["function"]["name"]))
            assert fragment["type"] == "function" and fragment["id"]
        else:
            assert "id" not in fragment and "name" not in fragment.get("function", {})
        known.calls[fragment["index"]].arguments += fragment.get("function", {}).get("arguments", "")


def our_reply(body: bytes) -> Told:
    """Our whole reply, which has what OpenAI's always has."""
    told = recorded_reply(body)
    document = json.loads(body)
    assert document["id"] and isinstance(document["created"], int) and document["model"]
    for choice in document["choices"]:
        assert choice["finish_reason"] in ("stop", "length", "tool_calls", "content_filter")
        assert "message" not in choice or choice["message"]["role"] == "assistant"
        assert all(call["type"] in ("function", "custom") for call in choice.get("message", {}).get("tool_calls") or [])
        assert not choice.get("message", {}).get("reasoning")
    return told
