"""What the official client makes of our bytes.

It lives in another environment (its dependencies clash with mitmproxy's), so one process there reads many replies.

Where it is: `.venv-clients`, or the interpreter named in ONEAPI_TEST_CLIENTS. Warnings are errors there.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

Kind = Literal["chat", "chat-stream", "completions", "completions-stream", "embeddings"]

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets."""

    kind: Kind
    body: bytes
    status: int = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the client read.

    error: "" or the exception's class and message. chunks: the chunks of a stream, or the one document.
    invalid: what the client's own types, strictly validated, and its accumulator say is wrong with them.
    final: what the accumulator makes of a streamed chat reply.
    """

    error: str
    chunks: list[dict[str, Any]]
    invalid: list[str]
    final: dict[str, Any] | None


def interpreter() -> Path:
    """Python with the official clients; skips the test where it is missing (fails with CI=true)."""
    python = Path(os.environ.get("ONEAPI_TEST_CLIENTS") or _ROOT / ".venv-clients" / "bin" / "python")
    if not python.exists():
        reason = f"the official clients are not installed ({python.name} of .venv-clients, or ONEAPI_TEST_CLIENTS)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return python


def ask(script: str, inputs: Sequence[Any]) -> list[Any]:
    """Runs `script` once: it reads a JSON list from stdin and prints a JSON list."""
    done = subprocess.run(
        [str(interpreter()), "-W", "error", "-c", script],
        input=json.dumps(inputs).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    answers = json.loads(done.stdout)
    assert isinstance(answers, list)
    assert len(answers) == len(inputs)
    return answers


def parsed_by_openai(replies: Sequence[Reply]) -> list[Parsed]:
    """What the official `openai` client makes of each reply, sent to it over a transport in memory."""
    inputs = [
        {"kind": reply.kind, "body": base64.b64encode(reply.body).decode(), "status": reply.status} for reply in replies
    ]
    return [Parsed(**answer) for answer in ask(_SCRIPT, inputs)]


_SCRIPT = """
import base64, json, sys
import httpx, openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk

TYPES = {"chat": ChatCompletion, "chat-stream": ChatCompletionChunk, "completions": Completion,
         "completions-stream": Completion, "embeddings": CreateEmbeddingResponse}

def call(client, kind):
    if kind.startswith("chat"):
        return client.chat.completions.create(model="m", messages=[], stream=kind.endswith("stream"))
    if kind.startswith("completions"):
        return client.completions.create(model="m", prompt="p", stream=kind.endswith("stream"))
    return client.embeddings.create(model="m", input="x")

def accumulate(state, chunk, invalid):
    try:
        state.handle_chunk(chunk)
    except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        return True  # its way to say that the text is no whole document
    except Exception as problem:
        invalid.append("accumulator: " + repr(problem))
        return True
    return False

def read(item):
    kind, body, status = item["kind"], base64.b64decode(item["body"]), item["status"]
    stream = kind.endswith("stream") and status == 200
    headers = {"content-type": "text/event-stream" if stream else "application/json"}
    answer = lambda request: httpx.Response(status, headers=headers, content=body)
    client = openai.OpenAI(api_key="sk-fake", base_url="http://gateway.invalid/v1", max_retries=0,
                           http_client=httpx.Client(transport=httpx.MockTransport(answer)))
    chunks, error, invalid, final, state, stopped = [], "", [], None, ChatCompletionStreamState(), False
    try:
        got = call(client, kind)
        for chunk in got if kind.endswith("stream") else [got]:
            chunks.append(chunk.to_dict())
            try:
                TYPES[kind].model_validate(chunk.to_dict())
            except Exception as problem:
                invalid.append(str(problem))
            if kind == "chat-stream" and not stopped:
                stopped = accumulate(state, chunk, invalid)
    except Exception as problem:
        error = type(problem).__name__ + ": " + str(problem)
    if kind == "chat-stream" and any(chunk.get("choices") for chunk in chunks):
        final = state.current_completion_snapshot.to_dict()
    return {"error": error, "chunks": chunks, "invalid": invalid, "final": final}

print(json.dumps([read(item) for item in json.load(sys.stdin)]))
"""
