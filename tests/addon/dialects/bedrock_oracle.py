"""What a client should make of Bedrock's recorded replies: an oracle that shares nothing with the dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.addon.dialects.bedrock_bytes import events_in
from tests.addon.dialects.native import Said
from tests.recordings import Recording

REASONS = {
    "end_turn": "stop",
    "FINISH": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "INTERVENED": "content_filter",
}


def expected(recording: Recording) -> Said:
    """What a client should make of it: each format told apart by the operation and the model's vendor."""
    claude = "anthropic" in recording.url and "/invoke" in recording.url
    if recording.streamed:
        events = list(events_in(recording.body))
        if claude:
            return of_claude(claude_message(document for _, document in events))
        if "titan" in recording.url and events[0][0] == "chunk":
            return of_titan([document for _, document in events])
        return of_converse(converse_reply(events))
    reply = json.loads(recording.body)
    if claude:
        return of_claude(reply)
    return of_titan([reply | reply["results"][0]]) if "results" in reply else of_converse(reply)


def of_claude(reply: dict[str, Any]) -> Said:
    blocks = reply["content"]
    thoughts = [block for block in blocks if block["type"] == "thinking"]
    usage = reply["usage"]
    cached = usage.get("cache_read_input_tokens") or 0
    prompt = usage["input_tokens"] + cached
    numbers = {"prompt": prompt, "completion": usage["output_tokens"], "cached": cached}
    return Said(
        text="".join(block["text"] for block in blocks if block["type"] == "text"),
        reasoning="".join(block["thinking"] for block in thoughts),
        calls=[(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"],
        details=[
            {
                "type": "anthropic.thinking",
                "index": index,
                "thinking": block["thinking"],
                "signature": block["signature"],
            }
            for index, block in enumerate(thoughts)
        ],
        finish=REASONS.get(reply["stop_reason"], "stop"),
        usage=numbered(numbers | {"total": prompt + usage["output_tokens"]}),
    )


def claude_message(events: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The message that a stream of Anthropic's adds up to."""
    reply: dict[str, Any] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                reply = event["message"]
            case "content_block_start":
                reply["content"].append({**event["content_block"], "json": ""})
            case "content_block_delta":
                block = reply["content"][event["index"]]
                for name, value in event["delta"].items():
                    place = "json" if name == "partial_json" else name
                    if name != "type":
                        block[place] = block.get(place, "") + value
            case "message_delta":
                reply |= event["delta"]
                reply["usage"] |= event["usage"]
    for block in reply["content"]:
        if block["json"]:
            block["input"] = json.loads(block["json"])
    return reply


def of_converse(reply: dict[str, Any]) -> Said:
    blocks = reply["output"]["message"]["content"]
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    thoughts = [block["reasoningContent"] for block in blocks if "reasoningContent" in block]
    usage = reply.get("usage", {})
    details: list[Any] = []
    for thought in thoughts:
        if "redactedContent" in thought:
            told = {"type": "bedrock.redacted", "data": thought["redactedContent"]}
        else:
            told = {"type": "bedrock.reasoning", **thought["reasoningText"]}
        details.append(told | {"index": len(details)})
    numbers = {
        "prompt": usage.get("inputTokens", 0),
        "completion": usage.get("outputTokens", 0),
        "total": usage.get("totalTokens", usage.get("inputTokens", 0) + usage.get("outputTokens", 0)),
    }
    return Said(
        text="".join(block.get("text", "") for block in blocks),
        reasoning="".join(thought.get("reasoningText", {}).get("text", "") for thought in thoughts),
        calls=[(call["name"], call["input"]) for call in calls if call.get("type") != "server_tool_use"],
        details=details,
        finish=REASONS.get(reply["stopReason"], "stop"),
        usage=numbered(numbers),
    )


def converse_reply(events: list[tuple[str, Any]]) -> dict[str, Any]:
    """The reply that a stream adds up to; Nova's own has the name of each event inside."""
    blocks: dict[int, dict[str, Any]] = {}
    reply: dict[str, Any] = {}
    for kind, found in events:
        name, document = next(iter(found.items())) if kind == "chunk" else (kind, found)
        block = blocks.setdefault(document.get("contentBlockIndex", -1), {})
        if name == "contentBlockStart" and "toolUse" in document["start"]:
            block["toolUse"] = {**document["start"]["toolUse"], "json": ""}
        elif name == "contentBlockDelta":
            delta = document["delta"]
            block["text"] = block.get("text", "") + delta.get("text", "")
            if "toolUse" in delta:
                block["toolUse"]["json"] += delta["toolUse"]["input"]
            thought = delta.get("reasoningContent", {})
            if "redactedContent" in thought:
                block["reasoningContent"] = thought
            for key in ("text", "signature"):
                if key in thought:
                    told = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
                    told[key] = told.get(key, "") + thought[key]
        elif name in ("messageStop", "metadata"):
            reply |= document
    content = [block for index, block in sorted(blocks.items()) if index >= 0]
    for block in content:
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"].pop("json"))
    return {**reply, "output": {"message": {"content": content}}}


def of_titan(pieces: list[dict[str, Any]]) -> Said:
    last = pieces[-1]
    prompt = int(pieces[0]["inputTextTokenCount"])
    completion = int(last.get("totalOutputTextTokenCount", last.get("tokenCount", 0)))
    return Said(
        text="".join(piece["outputText"] for piece in pieces),
        finish=REASONS[last.get("completionReason", "INTERVENED")],
        usage=numbered({"prompt": prompt, "completion": completion, "total": prompt + completion}),
    )


def numbered(numbers: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}
