"""What a client should make of Gemini's recorded replies on Vertex: an oracle that shares nothing with the dialect."""

from __future__ import annotations

import json
from typing import Any

from tests.addon.dialects.native import Said
from tests.recordings import Recording

REASONS = {"STOP": "stop", 1: "stop", "RECITATION": "content_filter"}


def documents_of(recording: Recording) -> list[dict[str, Any]]:
    """The reply's documents, read without any of the product's code."""
    if not recording.streamed:
        return [json.loads(recording.body)]
    lines = recording.body.decode().replace("\r\n", "\n").split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


def expected(recording: Recording) -> Said:
    """An oracle that shares nothing with the dialect."""
    documents = documents_of(recording)
    candidates = [candidate for one in documents for candidate in one.get("candidates", [])]
    parts = [part for one in candidates for part in one.get("content", {}).get("parts", [])]
    reasons = [one["finishReason"] for one in candidates if "finishReason" in one]
    blocked = next((one["promptFeedback"] for one in documents if "blockReason" in one.get("promptFeedback", {})), {})
    usage: dict[str, Any] = {}
    for one in documents:
        usage |= one.get("usageMetadata", {})
    numbers = {
        "prompt": usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        "completion": usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
        "total": usage.get("totalTokenCount", 0),
        "reasoning": usage.get("thoughtsTokenCount", 0),
    }
    drawn = [part["inlineData"] for part in parts if "inlineData" in part]
    return Said(
        text="".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        reasoning="".join(part["text"] for part in parts if part.get("thought")),
        refusal=blocked.get("blockReasonMessage", ""),
        images=[f"data:{one['mimeType']};base64,{one['data']}" for one in drawn],
        finish=REASONS[reasons[-1]] if reasons else "content_filter",
        usage={name: number for name, number in numbers.items() if number},
    )
