"""What replies of Anthropic, Gemini, Bedrock, Cohere, Ollama and Aleph Alpha say: an oracle per format.

Each is written from the provider's own description, for the shape and not for a recording: what is missing or null is
nothing, what is new is passed over. Must not import the product.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.addon.dialects.openai_oracle import Call, Choice, Told
from tests.corpus.telling import Json, called, counts, finish

# -- Anthropic ------------------------------------------------------------------------------------------------------


def anthropic(found: list[tuple[str, Any]]) -> Told:
    told, usage, reason = Told(), {}, None
    choice, blocks = told.choice(0), {}
    for _, event in found:
        match event.get("type"):
            case "message":
                blocks = dict(enumerate(event["content"]))
                usage, reason = event.get("usage") or {}, event.get("stop_reason")
            case "message_start":
                usage = dict(event["message"].get("usage") or {})
            case "content_block_start":
                blocks[event["index"]] = dict(event["content_block"])
            case "content_block_delta":
                grow(blocks[event["index"]], event["delta"])
            case "message_delta":
                reason = event["delta"].get("stop_reason") or reason
                usage |= {name: value for name, value in (event.get("usage") or {}).items() if value is not None}
            case "error":
                told.error = event["error"]["message"]
            case "completion":  # the text completions of Claude 2
                choice.text += event.get("completion") or ""
                reason = event.get("stop_reason") or reason
    for _, block in sorted(blocks.items()):
        choice.text += (block.get("text") or "") if block["type"] == "text" else ""
        choice.reasoning += (block.get("thinking") or "") if block["type"] == "thinking" else ""
        if block["type"] == "tool_use":
            called(choice, block["name"], block.get("partial_json") or block.get("input"), block.get("id") or "")
    choice.finish = finish(reason, bool(choice.calls))
    parts = [usage.get(name) for name in PROMPT]
    prompt = sum(filter(None, parts)) if parts[0] is not None else None
    counts(told, prompt, usage.get("output_tokens"))
    return told


PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def grow(block: Json, delta: Json) -> None:
    for name in ("text", "thinking", "partial_json"):
        if isinstance(delta.get(name), str):
            block[name] = (block.get(name) or "") + delta[name]


# -- Gemini ---------------------------------------------------------------------------------------------------------


def gemini(found: list[tuple[str, Any]]) -> Told:
    told, usage, reasons = Told(), {}, {}
    for _, document in found:
        document = document[0] if isinstance(document, list) else document
        if "error" in document:
            told.error = document["error"]["message"]
        for candidate in document.get("candidates") or []:
            index = candidate.get("index") or 0
            for part in (candidate.get("content") or {}).get("parts") or []:
                gemini_part(told.choice(index), part)
            reasons[index] = candidate.get("finishReason") or reasons.get(index)
            told.choice(index)
        feedback = document.get("promptFeedback") or {}
        if feedback.get("blockReason") or feedback.get("blockReasonMessage"):
            told.choice(0)
            reasons[0] = "SAFETY"
        usage |= document.get("usageMetadata") or {}
    for index, choice in told.choices.items():
        choice.finish = finish(reasons[index], bool(choice.calls)) if reasons[index] else None
    prompt = both(usage, "promptTokenCount", "toolUsePromptTokenCount")
    counts(told, prompt, both(usage, "candidatesTokenCount", "thoughtsTokenCount"), usage.get("totalTokenCount"))
    return told


def gemini_part(choice: Choice, part: Json) -> None:
    if part.get("thought"):
        choice.reasoning += part.get("text") or ""
    else:
        choice.text += part.get("text") or ""
    call = part.get("functionCall") or {}
    if call.get("name"):
        called(choice, call["name"], call.get("args"), call.get("id") or "")
    for piece in call.get("partialArgs") or []:
        arguments = json.loads(choice.calls[-1].arguments)
        name = piece["jsonPath"].removeprefix("$.")
        value = next((piece[key] for key in ("stringValue", "numberValue", "boolValue") if key in piece), None)
        arguments[name] = arguments.get(name, "") + value if isinstance(value, str) else value
        choice.calls[-1].arguments = json.dumps(arguments)


def both(usage: Json, *names: str) -> int | None:
    known = [usage[name] for name in names if usage.get(name) is not None]
    return sum(known) if known else None


# -- Bedrock --------------------------------------------------------------------------------------------------------


def bedrock(found: list[tuple[str, Any]]) -> Told:
    """Told by its shape: Converse, and what the vendors answer to InvokeModel."""
    documents = [document for _, document in found]
    first = documents[0]
    if "type" in first and "output" not in first:
        return anthropic(found)
    if first.get("output") or "messageStart" in first or found[0][0] == "messageStart":
        return converse(found)
    if "choices" in first:
        return choices_of_invoke(documents)
    told = Told()
    choice, reason = told.choice(0), None
    for document in documents:
        inner = next((document[name][0] for name in RESULTS if document.get(name)), document)
        text = next((inner[name] for name in TEXTS if isinstance(inner.get(name), str)), "")
        choice.text += text or (inner.get("data") or {}).get("text") or ""
        why = next((inner[name] for name in REASONS if inner.get(name)), None)
        reason = (why.get("reason") if isinstance(why, dict) else why) or reason
    blocked = documents[-1].get("amazon-bedrock-guardrailAction") == "INTERVENED"
    choice.finish = finish("intervened" if blocked and not reason else reason, False)
    return told


RESULTS = ("results", "outputs", "generations", "completions")
TEXTS = ("outputText", "generation", "text", "completion")
REASONS = ("completionReason", "stop_reason", "finish_reason", "finishReason")


def choices_of_invoke(documents: list[Json]) -> Told:
    told = Told()
    for document in documents:
        for position, one in enumerate(document["choices"]):
            choice = told.choice(one.get("index", position))
            message = one.get("message") or one.get("delta") or {"content": one.get("text")}
            choice.text += message.get("content") or ""
            for call in message.get("tool_calls") or []:
                called(choice, call["function"]["name"], call["function"]["arguments"], call.get("id") or "")
            reason = one.get("stop_reason") or one.get("finish_reason")
            choice.finish = finish(reason, bool(choice.calls)) if reason else choice.finish
    return told


def converse(found: list[tuple[str, Any]]) -> Told:
    told, blocks, reason, usage = Told(), {}, None, {}
    for name, document in converse_events(found):
        block = blocks.setdefault(document.get("contentBlockIndex", -1), {})
        if name == "contentBlockStart":
            block |= document.get("start") or {}
        elif name == "contentBlockDelta":
            delta = document["delta"]
            block["text"] = block.get("text", "") + (delta.get("text") or "")
            block["json"] = block.get("json", "") + ((delta.get("toolUse") or {}).get("input") or "")
            thought = (delta.get("reasoningContent") or {}).get("text") or ""
            block["thought"] = block.get("thought", "") + thought
        reason = document.get("stopReason") or reason
        usage = document.get("usage") or usage
        if "exception" in name.lower():
            told.error = document.get("message") or document.get("originalMessage") or name
    choice = told.choice(0)
    for _, block in sorted(blocks.items()):
        choice.text += block.get("text", "")
        choice.reasoning += block.get("thought", "")
        call = block.get("toolUse")
        if call and call.get("type") != "server_tool_use":
            called(choice, call["name"], block.get("json") or call.get("input"), call["toolUseId"])
    choice.finish = finish(reason, bool(choice.calls))
    cached = [usage.get(name) or 0 for name in ("cacheReadInputTokens", "cacheWriteInputTokens")]
    fresh = usage.get("inputTokens")
    prompt = None if fresh is None else fresh + sum(cached)
    counts(told, prompt, usage.get("outputTokens"), usage.get("totalTokens"))
    return told


def converse_events(found: list[tuple[str, Any]]) -> Iterator[tuple[str, Json]]:
    """The events of a stream; a whole reply as if it had been streamed. Nova's own have their name inside."""
    for name, document in found:
        if name == "chunk":
            yield from ((key, inner) for key, inner in document.items() if isinstance(inner, dict))
        elif name:
            yield name, document
        else:
            for index, block in enumerate(document["output"]["message"]["content"]):
                yield "contentBlockStart", {"contentBlockIndex": index, "start": block if "toolUse" in block else {}}
                thought = (block.get("reasoningContent") or {}).get("reasoningText") or {}
                cited = (block.get("citationsContent") or {}).get("content") or []
                text = (block.get("text") or "") + "".join(one.get("text") or "" for one in cited)
                delta = {"text": text, "reasoningContent": thought}
                yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
            yield "messageStop", document


# -- Cohere ---------------------------------------------------------------------------------------------------------


def cohere(found: list[tuple[str, Any]]) -> Told:
    told, end = Told(), {}
    choice = told.choice(0)
    for _, document in found:
        inner = document.get("delta") or document
        message = inner.get("message") or {}
        if isinstance(message, str):
            told.error = message
            return told
        blocks = message.get("content") or []
        spoken = "".join(block.get("text") or "" for block in (blocks if isinstance(blocks, list) else [blocks]))
        choice.text += (message.get("tool_plan") or "") + spoken
        for block in blocks if isinstance(blocks, list) else [blocks]:
            choice.reasoning += block.get("thinking") or ""
        calls = message.get("tool_calls") or []
        for call in calls if isinstance(calls, list) else [calls]:
            if call["function"].get("name"):
                choice.calls.append(Call(call.get("id") or "", call["function"]["name"]))
            choice.calls[-1].arguments += call["function"].get("arguments") or ""
        end = inner if "finish_reason" in inner else end
        if inner.get("error"):
            told.error = inner["error"]
            return told
    choice.finish = finish(end.get("finish_reason"), bool(choice.calls))
    usage = end.get("usage") or {}
    tokens = usage.get("tokens") or usage.get("billed_units") or {}
    prompt = tokens.get("input_tokens")
    counts(told, None if prompt is None else prompt + (tokens.get("image_tokens") or 0), tokens.get("output_tokens"))
    return told


def cohere_v1(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    choice = told.choice(0)
    reply = found[-1][1].get("response") or found[-1][1]
    choice.text = reply.get("text") or ""
    for call in reply.get("tool_calls") or []:
        called(choice, call["name"], call["parameters"])
    choice.finish = finish(reply.get("finish_reason"), bool(choice.calls))
    meta = reply.get("meta") or {}
    tokens = meta.get("tokens") or meta.get("billed_units") or {}
    counts(told, tokens.get("input_tokens"), tokens.get("output_tokens"))
    return told


def ollama(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    choice = told.choice(0)
    for _, line in found:
        if line.get("error"):
            told.error = line["error"]
            return told
        message = line.get("message") or {"content": line.get("response"), "thinking": line.get("thinking")}
        choice.text += message.get("content") or ""
        choice.reasoning += message.get("thinking") or ""
        for call in message.get("tool_calls") or []:
            called(choice, call["function"]["name"], call["function"].get("arguments"))
        choice.finish = finish(line.get("done_reason"), bool(choice.calls))
        counts(told, line.get("prompt_eval_count"), line.get("eval_count"))
    return told


def aleph_alpha(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    [(_, document)] = found
    for index, one in enumerate(document["completions"]):
        told.choice(index).text = one["completion"]
        told.choice(index).finish = finish(one.get("finish_reason"), False)
    counts(told, document.get("num_tokens_prompt_total"), document.get("num_tokens_generated"))
    return told


def replicate(found: list[tuple[str, Any]]) -> Told:
    told = Told()
    [(_, document)] = found
    output = document.get("output")
    told.choice(0).text = "".join(output) if isinstance(output, list) else output or ""
    told.choice(0).finish = "stop"
    told.error = document.get("error") or ""
    metrics = document.get("metrics") or {}
    counts(told, metrics.get("input_token_count"), metrics.get("output_token_count"))
    return told
