"""Named edits of requests, for providers whose rows name them in `Quirks.edits`: what no single field can say.
Those of the Chinese providers are in `openai_edits_china` and `openai_edits_clouds`, more in `openai_edits_world`.

Each takes the client's document and notes in a DocumentEdit what must change. Must not know replies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from addon.canon.outbound import Target
from addon.dialects import openai_fitting as fit
from addon.dialects.openai_edits_china import EDITS_CHINA
from addon.dialects.openai_edits_clouds import EDITS_CLOUDS
from addon.dialects.openai_edits_world import EDITS_WORLD
from addon.dialects.openai_splice import DROP, DocumentEdit

Body = Mapping[str, Any]
Edit = Callable[[Body, Target, DocumentEdit], None]

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NO_EFFORT = ("none", "minimal")
MISTRAL_THINKS = ("mistral-small", "mistral-medium")
MISTRAL_EFFORTS = dict.fromkeys(("low", "medium", "high", "xhigh", "max"), "high") | dict.fromkeys(NO_EFFORT, "none")
"""https://docs.mistral.ai/capabilities/reasoning: two words, and two families that know them."""
KIMI_FIXED = ("kimi-k2.5", "kimi-k2.6", "kimi-k2.7", "kimi-k2.8", "kimi-k3")
"""Models whose sampling is fixed: any other value than theirs is a 400."""
KIMI_THINKS = (*KIMI_FIXED, "kimi-k2-thinking")


def mistral(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Messages are closed objects there, and ids of tool calls are nine letters and digits."""
    for index, message in _messages(body):
        role = message.get("role")
        unknown = ["refusal", "annotations", "audio", "function_call", "reasoning", "reasoning_content"]
        unknown += ["reasoning_details"] if role == "tool" else ["reasoning_details", "name"]
        for name in unknown:
            if name in message:
                edit.message(index)[name] = DROP
        if message.get("tool_calls"):
            edit.message(index)["tool_calls"] = [_renumbered(call) for call in message["tool_calls"]]
        if isinstance(message.get("tool_call_id"), str):
            edit.message(index)["tool_call_id"] = nine_letters(message["tool_call_id"])
    fit.efforts(body, edit, MISTRAL_EFFORTS if target.model.startswith(MISTRAL_THINKS) else {})


def nine_letters(call_id: str) -> str:
    """An id as Mistral wants it; the same one for the same id, so that results still find their calls."""
    if len(call_id) == 9 and call_id.isascii() and call_id.isalnum():
        return call_id
    number = int.from_bytes(hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).digest(), "big")
    return "".join(BASE62[number // 62**place % 62] for place in range(9))


def kimi(body: Body, target: Target, edit: DocumentEdit) -> None:
    """The newer models fix their sampling, and in thinking mode want the thoughts of earlier tool calls back."""
    if target.model.startswith(KIMI_FIXED):
        for name in ("temperature", "top_p", "n", "presence_penalty", "frequency_penalty"):
            if name in body:
                edit.top[name] = DROP
    if not target.model.startswith(KIMI_THINKS):
        return
    if body.get("reasoning_effort") in NO_EFFORT and not target.model.startswith("kimi-k3"):
        edit.top.update(reasoning_effort=DROP, thinking={"type": "disabled"})
    elif not _disabled(body.get("thinking")):
        # Clients that drop the thoughts would get a 400; a placeholder is what the field has settled on.
        _echo_reasoning(body, edit, "tool call")


def deepseek(body: Body, target: Target, edit: DocumentEdit) -> None:
    """No effort means a switch of its own; a tool call without its thoughts is a 400, with empty ones it is not.

    Of the JSON modes it has the plain one.
    """
    fit.plain_json(body, edit)
    if body.get("reasoning_effort") == "none":
        edit.top.update(reasoning_effort=DROP, thinking={"type": "disabled"})
    else:
        _echo_reasoning(body, edit, "")


def together(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Log probabilities are a number there, and stop sequences always a list."""
    if isinstance(body.get("logprobs"), bool):
        edit.top["logprobs"] = (body.get("top_logprobs") or 1) if body["logprobs"] else DROP
        if "top_logprobs" in body:
            edit.top["top_logprobs"] = DROP
    if isinstance(body.get("stop"), str):
        edit.top["stop"] = [body["stop"]]


def float_embeddings(body: Body, target: Target, edit: DocumentEdit) -> None:
    """The provider has no base64; our face makes it where the client asked for it."""
    if body.get("encoding_format") == "base64":
        edit.top["encoding_format"] = "float"


EDITS: Mapping[str, Edit] = {
    "mistral": mistral,
    "kimi": kimi,
    "deepseek": deepseek,
    "together": together,
    "float-embeddings": float_embeddings,
    **EDITS_CHINA,
    **EDITS_CLOUDS,
    **EDITS_WORLD,
}


def _messages(body: Body) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The messages with their positions. The face has seen to it that they are objects."""
    yield from enumerate(body.get("messages") or ())


def _renumbered(call: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**call, "id": nine_letters(call["id"])} if isinstance(call.get("id"), str) else call


def _echo_reasoning(body: Body, edit: DocumentEdit, placeholder: str) -> None:
    for index, message in _messages(body):
        if message.get("tool_calls") and not isinstance(message.get("reasoning_content"), str):
            thoughts = message.get("reasoning")
            edit.message(index)["reasoning_content"] = thoughts if isinstance(thoughts, str) else placeholder


def _disabled(thinking: Any) -> bool:
    return isinstance(thinking, dict) and thinking.get("type") == "disabled"
