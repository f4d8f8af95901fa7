"""DeepL behind a chat client: the last message is translated into the language that the model's name ends with.

`deepl-pt-br` is Brazilian Portuguese; a name without a language is Chinese, One API's convention. Whatever else a chat
has (history, sampling) is left out; tools are refused. https://developers.deepl.com/api-reference/translate
Must not know channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from addon.canon.codec import BadKey, Codec, Dialect
from addon.canon.dialogue import body_of
from addon.canon.events import Event, Failed, Finished, TextDelta, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Endpoint
from addon.canon.texts import plain_text
from addon.canon.turns import refuse_tools
from addon.dialects import plain_fault

FREE, PAID = "https://api-free.deepl.com", "https://api.deepl.com"
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:fx)?", re.IGNORECASE)
LANGUAGE = "ZH"
CARRIED = (
    "source_lang",
    "context",
    "formality",
    "model_type",
    "split_sentences",
    "preserve_formatting",
    "tag_handling",
    "glossary_id",
    "style_id",
    "custom_instructions",
)
"""DeepL's own fields, for clients that know them."""
STATUSES: Mapping[int, FaultKind] = {
    403: FaultKind.BAD_KEY,
    456: FaultKind.OUT_OF_BALANCE,
    503: FaultKind.OVERLOADED,
    529: FaultKind.RATE_LIMITED,
}
UNSAID: Mapping[FaultKind, str] = {
    FaultKind.BAD_KEY: "DeepL refused the key; keys of the free plan end with :fx.",
    FaultKind.OUT_OF_BALANCE: "DeepL's quota of characters is used up.",
    FaultKind.RATE_LIMITED: "DeepL had too many requests in a short time.",
}
"""What is said where DeepL says nothing."""


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse_tools(request, "DeepL")
    key = target.key.strip()
    document: dict[str, Any] = {
        "text": [text_of(request)],
        "target_lang": language(target.model),
        "show_billed_characters": True,
        **{name: request.body[name] for name in CARRIED if name in request.body},
    }
    return Outbound(
        method="POST",
        url=f"{base_url(target, key)}/v2/translate",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"DeepL-Auth-Key {key}"),),
    )


def base_url(target: Target, key: str) -> str:
    """Of DeepL's two hosts the key's own; a host that the channel names stays."""
    base = target.base_url.removesuffix("/v2")
    if base not in (FREE, PAID):
        return base
    if not KEY.fullmatch(key):
        raise BadKey("A DeepL key is a UUID, with :fx at its end for the free plan.")
    return FREE if key.endswith(":fx") else PAID


def language(model: str) -> str:
    """All that follows the first dash, in DeepL's spelling."""
    return model.partition("-")[2].upper() or LANGUAGE


def text_of(request: ChatRequest) -> str:
    message = request.messages[-1]
    text = plain_text(message, "DeepL")
    if not text.strip():
        raise CannotCarry(f"{message.param}.content", "DeepL translates the last message; put a text into it.")
    return text


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The translation. Characters stand for tokens: that is what DeepL counts."""
    document = json.loads(body)
    if not document.get("translations"):
        yield Failed(plain_fault.fault_of(FaultKind.SERVER_ERROR, str(document.get("message") or "no translation")))
        return
    translation = document["translations"][0]
    yield TextDelta(translation["text"])
    characters = translation.get("billed_characters")
    yield UsageReported(Usage(prompt=len(text_of(request)) if characters is None else characters, completion=0))
    yield Finished("stop")


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    fault = plain_fault.read_error(status, headers, body, STATUSES)
    return fault if body.strip() else replace(fault, message=UNSAID.get(fault.kind, fault.message))


DIALECT = Dialect(
    name="deepl",
    codecs={Endpoint.CHAT: Codec(build=build, reader=None, read_reply=read_reply)},
    read_error=read_error,
)
