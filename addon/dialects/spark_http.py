"""iFlytek Spark over HTTP: OpenAI's dialect, composed of `openai`, with keys, names and addresses of its own.

The keys of the older WebSocket (`APPID|APISecret|APIKey`) open the HTTP API as well, as `APIKey:APISecret`. What else
differs is in the rows (18, 48). https://www.xfyun.cn/doc/spark/HTTP调用文档.html and X1http.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from addon.canon.codec import BadKey
from addon.canon.dialogue import (
    answered_calls,
    body_of,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.plain_turns import plain_turn
from addon.canon.request import CannotCarry, ChatRequest, Endpoint
from addon.canon.turns import says_something
from addon.dialects import openai

Json = dict[str, Any]
CHAT = openai.DIALECT.codecs[Endpoint.CHAT]
PROVIDER = "iFlytek Spark"
OPEN = "https://spark-api-open.xf-yun.com"
SOCKET_HOST = "spark-api.xf-yun.com"
"""Where the WebSocket is; channels of One API may name it."""
VERSIONED = re.compile(r"/(?:v\d+|x\d+)$")
KEY_FORM = (
    "A Spark key is the APIPassword of the model's family, or APIKey:APISecret, or APPID|APISecret|APIKey "
    "(all of them are in iFlytek's console)."
)
HEX_KEY = re.compile(r"[0-9a-f]{32}")
"""The form of an APIKey; of the secret it is another. Operators write them in either order."""
VERSIONS: Mapping[str, str] = {
    "v1.1": "lite",
    "v2.1": "generalv2",
    "v3.1": "generalv3",
    "v3.1-128k": "pro-128k",
    "v3.5": "generalv3.5",
    "v3.5-32k": "max-32k",
    "v4.0": "4.0Ultra",
}
"""One API's versions -> the names of the HTTP API."""
NAMES: Mapping[str, str] = {
    "spark-lite": "lite",
    "spark-pro": "generalv3",
    "spark-pro-128k": "pro-128k",
    "spark-max": "generalv3.5",
    "spark-max-32k": "max-32k",
    "spark-4.0-ultra": "4.0Ultra",
    "spark-x2": "spark-x",
}
"""Models by the names that One API and iFlytek's own pages give them."""
PATHS: tuple[tuple[str, str], ...] = (("spark-x2", "/x2"), ("spark-x", "/v2"), ("x1", "/v2"))
"""Beginnings of names -> generation of the API; the older ones are at /v1."""
THINKERS = ("x1", "spark-x")
NO_SYSTEM = ("lite", "general", "generalv2", "generalv3", "pro-128k", "kjwx")
"""Models that hear no system message."""
NO_EFFORT = ("none", "minimal")
UNKNOWN = ("n", "stop", "reasoning_effort", "stream_options", "parallel_tool_calls", "functions", "function_call")
"""What Spark has no place for, beside what the row drops."""


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse_what_it_has_not(request)
    reached = there(target)
    document = {name: value for name, value in request.body.items() if name not in UNKNOWN}
    document |= {"messages": messages(request, target.system_prompt, reached.model), **extras(request, reached.model)}
    fitted = replace(request, body=document, raw=body_of(document))
    outbound: Outbound = CHAT.build(fitted, reached)
    return outbound


def refuse_what_it_has_not(request: ChatRequest) -> None:
    """Tools that are no functions are Spark's own business (it searches the web with one)."""
    refuse_foreign(replace(request, foreign=tuple(path for path in request.foreign if "tools[" not in path)), PROVIDER)
    if request.n > 1:
        raise CannotCarry("n", f"{PROVIDER} gives one answer per request; leave n out or set it to 1.")


def there(target: Target) -> Target:
    """The target in the words of the HTTP API: its host and generation, its name of the model, a bearer key."""
    base = OPEN if urlsplit(target.base_url).hostname == SOCKET_HOST else target.base_url
    model = target.model.lower()
    if not VERSIONED.search(base):
        base += next((path for start, path in PATHS if model.startswith(start)), "/v1")
    quirks = replace(target.quirks, version_prefix="")
    return replace(
        target, base_url=base, model=model_name(target), key=bearer(target.key), system_prompt="", quirks=quirks
    )


def model_name(target: Target) -> str:
    """What the HTTP API calls the model; of One API's plain `SparkDesk` the channel says the version."""
    model = target.model.lower()
    if model.startswith("sparkdesk"):
        version = model.removeprefix("sparkdesk").lstrip("-") or target.config.get("api_version", "").strip().lower()
        return VERSIONS.get(version or "v1.1", target.model)
    return NAMES.get(model, target.model)


def bearer(key: str) -> str:
    """The key as a bearer token. Raises BadKey."""
    if "|" not in key:
        if not key.strip():
            raise BadKey(KEY_FORM)
        return key.strip()
    _, secret, api_key = key_parts(key)
    return f"{api_key}:{secret}"


def key_parts(key: str) -> tuple[str, str, str]:
    """APPID, APISecret and APIKey, whichever way round the last two are written. Raises BadKey."""
    parts = [part.strip() for part in key.strip().split("|")]
    if not all(parts) or len(parts) != 3:
        raise BadKey(KEY_FORM)
    app_id, secret, api_key = parts
    if HEX_KEY.fullmatch(secret) and not HEX_KEY.fullmatch(api_key):
        secret, api_key = api_key, secret
    return app_id, secret, api_key


def messages(request: ChatRequest, prompt: str, model: str) -> list[Json]:
    """Texts only. Where a model hears no system message, the first one of the user begins with it."""
    system, rest = split_system(request.messages, prompt)
    system = "\n\n".join(filter(None, (system, schema_in_words(request))))
    answered = answered_calls(rest)
    turns = [plain_turn(message, answered, PROVIDER) for message in rest if says_something(message)]
    if not turns:
        raise nothing_to_say(PROVIDER)
    return after_system(system, turns, model)


def schema_in_words(request: ChatRequest) -> str:
    return json_instruction(request.response_format) if request.response_format.kind == "json_schema" else ""


def extras(request: ChatRequest, model: str) -> Json:
    """What takes the place of OpenAI's own words; calls are asked for as a list."""
    found: Json = {"tool_calls_switch": True} if request.tools else {}
    if request.response_format.kind == "json_schema":
        found["response_format"] = {"type": "json_object"}
    if request.tools and "tools" not in request.body:
        # The old functions, in the new words.
        found["tools"] = [{"type": "function", "function": function} for function in request.body["functions"]]
    if request.reasoning_effort and model.startswith(THINKERS) and "thinking" not in request.body:
        found["thinking"] = {"type": "disabled" if request.reasoning_effort in NO_EFFORT else "enabled"}
    return found


def after_system(system: str, turns: list[Json], model: str) -> list[Json]:
    """The turns behind the system's words; a model without that role finds them in front of the user's."""
    if system and model not in NO_SYSTEM:
        return [{"role": "system", "content": system}, *turns]
    if system and turns[0]["role"] == "user":
        turns[0]["content"] = f"{system}\n\n{turns[0]['content']}"
    elif system:
        turns.insert(0, {"role": "user", "content": system})
    return turns
