"""The cases: how a provider says what a capability needs, as files. Knows files and no gateway.

`cases/<provider or dialect>/<capability>.yaml`; a provider's own file wins over its dialect's, and the folder `openai`
is everybody's who speaks that dialect. In a file (`audio` has the two parts `speech` and `transcriptions` in place of
`whole` and `stream`; `errors` one part per kind of fault, and `in_stream`):

    source: the page that the shape is from
    whole:                      # the rounds that the provider sees when the client wants one document
      - sent:                   # what must arrive there; all keys are optional
          method: POST
          path: /v1/messages    # {model} stands for the upstream model
          query: {beta: "true"}
          headers: {x-api-key: fake}
          body: {max_tokens: 64, messages: [{role: user}]}     # objects by the keys that are named, lists item by item
          contains: [text, ..]  # strings anywhere in the body
        answer:
          status: 200           # 200 unless said
          headers: {retry-after: "1"}
          json: {..} | text: ".." | sse: [..] | ndjson: [..] | base64: ".." | eventstream: [[type, {..}], ..]
          # an item of `sse` is the data (an object or a string), or {event: name, data: ..}; of `eventstream` the type
          # `chunk` is packed as Bedrock does it, and one that ends with `Exception` is one
    stream:                     # the same when it wants a stream
      - answer: {sse: [..]}

`$PICTURE`, `$SOUND`, `$URL` inside of strings stand for the picture and the sound of `capabilities` in base64, and the
provider's address.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rules.provider import Provider
from scripts.fake_provider.answer import Answer, sse
from tests.addon.dialects.bedrock_bytes import EVENT_STREAM, chunks
from tests.addon.dialects.bedrock_bytes import stream as event_stream
from tests.addon.wire.messages import exception
from tests.conformance.capabilities import PICTURE_BASE64, SOUND_BASE64

FOLDER = Path(__file__).parent / "cases"
PARTS = ("whole", "stream", "speech", "transcriptions")
FAULTS = ("rate_limited", "out_of_balance", "bad_key", "bad_request", "overloaded", "content_filter", "in_stream")
ANSWERS = ("json", "text", "sse", "ndjson", "base64", "eventstream")


@dataclass(frozen=True, slots=True)
class Round:
    """One request of the gateway's and its answer. `sent` is what must arrive."""

    answer: dict[str, Any]
    sent: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    source: str
    parts: dict[str, list[Round]]


def find(provider: Provider, capability: str) -> Path | None:
    """The file that applies to a provider."""
    places = dict.fromkeys((provider.name, provider.dialect))
    files = (FOLDER / place / f"{capability}.yaml" for place in places)
    return next((file for file in files if file.exists()), None)


@cache
def load(file: Path) -> Case:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    source = document.pop("source")
    name = str(file.relative_to(FOLDER))
    unknown = set(document) - {*PARTS, *FAULTS}
    assert not unknown, f"{name}: unknown parts {unknown}"
    return Case(name, source, {part: [Round(**one) for one in rounds] for part, rounds in document.items()})


def answer(described: dict[str, Any], url: str) -> Answer:
    """What the provider sends."""
    described = filled(described, url)
    [form] = [name for name in ANSWERS if name in described]
    content_type, pieces = PACKED[form](described[form])
    given = {name: str(value) for name, value in described.get("headers", {}).items()}
    headers = {"content-type": content_type, **given}
    return Answer(described.get("status", 200), tuple(headers.items()), tuple(pieces), form in STREAMED)


def filled(value: Any, url: str) -> Any:
    """With the placeholders filled in."""
    match value:
        case str():
            return value.replace("$PICTURE", PICTURE_BASE64).replace("$SOUND", SOUND_BASE64).replace("$URL", url)
        case list():
            return [filled(item, url) for item in value]
        case dict():
            return {name: filled(item, url) for name, item in value.items()}
    return value


def event(item: Any) -> bytes:
    if isinstance(item, dict) and set(item) <= {"event", "data", "id"} and "event" in item:
        head = f"id:{item['id']}\n".encode() if "id" in item else b""
        return head + sse(item.get("data", {}), str(item["event"]))
    return sse(item)


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def binary_events(items: list[Any]) -> list[bytes]:
    """Cut where it hurts."""
    whole = b"".join(binary_event(str(name), document) for name, document in items)
    return [whole[at : at + 37] for at in range(0, len(whole), 37)]


def binary_event(name: str, document: Any) -> bytes:
    if name == "chunk":
        return chunks(document)
    return exception(name, dumped(document)) if name.endswith("Exception") else event_stream((name, document))


STREAMED = ("sse", "ndjson", "eventstream")
PACKED: dict[str, Any] = {
    "json": lambda value: ("application/json", [dumped(value)]),
    "text": lambda value: ("text/plain", [value.encode()]),
    "sse": lambda items: ("text/event-stream", [event(item) for item in items]),
    "ndjson": lambda items: ("application/x-ndjson", [dumped(item) + b"\n" for item in items]),
    "base64": lambda value: ("application/octet-stream", [base64.b64decode(value)]),
    "eventstream": lambda items: (EVENT_STREAM, binary_events(items)),
}


def mismatches(sent: dict[str, Any], received: Any, model: str, url: str) -> list[str]:
    """What of `sent` did not arrive. `received` is the fake provider's `Received`."""
    sent = filled(sent, url)
    found: list[str] = []
    if "method" in sent and sent["method"] != received.method:
        found.append(f"method {received.method}")
    if "path" in sent and sent["path"].replace("{model}", model) != received.path:
        found.append(f"path {received.path} instead of {sent['path']}")
    found += [f"query {received.query}" for pair in pairs(sent.get("query")) if pair not in received.query.split("&")]
    for name, value in sent.get("headers", {}).items():
        if received.header(name.lower()) != value:
            found.append(f"header {name}: {received.header(name.lower())!r}")
    if "body" in sent:
        found += differences(sent["body"], received.json if received.json is not None else received.form, "body", model)
    found += [f"the body lacks {text!r}" for text in sent.get("contains", []) if text.encode() not in received.body]
    unknown = set(sent) - {"method", "path", "query", "headers", "body", "contains"}
    return found + [f"`sent` has unknown keys {unknown}"] * bool(unknown)


def pairs(query: dict[str, Any] | None) -> list[str]:
    return [f"{name}={value}" for name, value in (query or {}).items()]


def differences(wanted: Any, got: Any, where: str, model: str) -> list[str]:
    """Objects are compared by the keys that are wanted, lists item by item. `null` wants the key to be absent."""
    match wanted, got:
        case dict(), dict():
            found = [f"{where}.{name} is there" for name, value in wanted.items() if value is None and name in got]
            named = {name: value for name, value in wanted.items() if value is not None}
            return found + [
                line
                for name, value in named.items()
                for line in differences(value, got.get(name), f"{where}.{name}", model)
            ]
        case list(), list() if len(wanted) == len(got):
            both = zip(wanted, got, strict=True)
            return [
                line
                for at, (one, other) in enumerate(both)
                for line in differences(one, other, f"{where}[{at}]", model)
            ]
    wanted = model if wanted == "{model}" else wanted
    return [] if wanted == got else [f"{where}: {got!r} instead of {wanted!r}"]
