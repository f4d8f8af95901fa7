"""The official client in a process of its own, which makes one call after the other. Knows no gateway's insides.

Its types are checked strictly: what the client would only carry along is an error here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any

from tests.clients import interpreter
from tests.conformance.capabilities import Call
from tests.e2e.server import PROXIES


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call gave: a document, or the chunks of a stream. `raised` is the exception's class, "" if there was none.

    `invalid` is what the client's own types say against it; `data` the base64 of bytes.
    """

    document: dict[str, Any] | None
    chunks: list[dict[str, Any]]
    raised: str
    status: int
    message: str
    code: str | None
    invalid: list[str]
    data: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Client:
    base_url: str
    asking: IO[str]
    telling: IO[str]

    def call(self, key: str, call: Call) -> Seen:
        asked = {"base_url": self.base_url, "key": key, **asdict(call)}
        self.asking.write(json.dumps(asked) + "\n")
        self.asking.flush()
        return Seen(**json.loads(self.telling.readline()))


@contextlib.contextmanager
def running_client(base_url: str) -> Iterator[Client]:
    """Skips where the official clients are not installed (fails with CI=true)."""
    unwanted = {*PROXIES, *(name.lower() for name in PROXIES), "OPENAI_BASE_URL", "OPENAI_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and "COV" not in name}
    command = [str(interpreter()), "-c", _SCRIPT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Client(base_url, process.stdin, process.stdout)
        process.stdin.close()
        process.wait(20)


_SCRIPT = """
import base64, json, operator, sys
import httpx, openai
from openai.types.chat import ChatCompletionChunk

def bytes_in(value):
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            return base64.b64decode(value["base64"])
        return {name: bytes_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [bytes_in(item) for item in value]
    return value

def arguments(asked):
    found = bytes_in(asked["arguments"])
    if "file" in found:
        found["file"] = tuple(found["file"])
    return found

def problems(value):
    try:
        type(value).model_validate(value.to_dict(), strict=False)
    except Exception as problem:
        return [str(problem)]
    return []

def serve(asked):
    heads = []
    client = openai.OpenAI(base_url=asked["base_url"], api_key=asked["key"], max_retries=0, http_client=httpx.Client(
        event_hooks={"response": [lambda reply: heads.append(reply.headers)]}, trust_env=False, timeout=60))
    seen = dict(document=None, chunks=[], raised="", status=200, message="", code=None, invalid=[], data="")
    try:
        got = operator.attrgetter(asked["method"])(client)(**arguments(asked))
        if asked["arguments"].get("stream"):
            for chunk in got:
                seen["chunks"].append(chunk.to_dict())
                seen["invalid"] += problems(chunk)
        elif hasattr(got, "to_dict"):
            seen["document"] = got.to_dict()
            seen["invalid"] += problems(got)
        else:
            seen["data"] = base64.b64encode(got.content).decode()
    except openai.APIError as problem:
        seen.update(raised=type(problem).__name__, message=str(problem), code=problem.code,
                    status=getattr(problem, "status_code", 200))
    seen["request_id"] = heads[-1].get("x-oneapi-request-id", "") if heads else ""
    client.close()
    return seen

for line in sys.stdin:
    print(json.dumps(serve(json.loads(line))), flush=True)
"""
