"""What the official openai client makes of replies. Runs in the clients' environment; a warning is an error.

stdin: a JSON list of [streamed, body]; stdout: a JSON list of what was understood. Must not import the product.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import httpx
import openai


def client(body: str, content_type: str) -> openai.OpenAI:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": content_type}, content=body.encode())

    transport = httpx.Client(transport=httpx.MockTransport(answer))
    return openai.OpenAI(api_key="sk-fake", base_url="http://gateway.test/v1", http_client=transport, max_retries=0)


def whole(body: str) -> dict[str, Any]:
    reply = client(body, "application/json").chat.completions.create(model="m", messages=[])
    [choice] = reply.choices
    calls = choice.message.tool_calls or []
    return {
        "text": choice.message.content or "",
        "calls": [[call.function.name, json.loads(call.function.arguments)] for call in calls],
        "finish": choice.finish_reason,
        "total": reply.usage.total_tokens if reply.usage else None,
    }


def streamed(body: str) -> dict[str, Any]:
    """By the client's own accumulating helper, which is stricter than its iterator."""
    manager = client(body, "text/event-stream").chat.completions.stream(
        model="m", messages=[], stream_options={"include_usage": True}
    )
    with manager as stream:
        for _ in stream:
            continue
        reply = stream.current_completion_snapshot  # get_final_completion raises for "length"
    [choice] = reply.choices
    calls = choice.message.tool_calls or []
    return {
        "text": choice.message.content or "",
        "calls": [[call.function.name, json.loads(call.function.arguments)] for call in calls],
        "finish": choice.finish_reason,
        "total": reply.usage.total_tokens if reply.usage else None,
    }


if __name__ == "__main__":
    warnings.simplefilter("error")
    json.dump([streamed(body) if stream else whole(body) for stream, body in json.load(sys.stdin)], sys.stdout)
