"""Repairs of one message or delta of a reply: its text, its reasoning, its tool calls.

Each changes the document in place and says whether it did, so that a message that follows OpenAI's dialect is passed
on as it came. Must not know chunks, choices nor usage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from addon.canon.thoughts import Thoughts
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]
CALL_TYPES = ("function", "custom")


def repair_message(message: Json, reasoning_field: str) -> bool:
    """Repairs what message and delta share: content as parts, reasoning under another name, empty stand-ins."""
    changed = _content(message)
    changed |= _reasoning(message, reasoning_field)
    for name in ("audio", "function_call"):
        stand_in = message.get(name)
        if isinstance(stand_in, dict) and not any(stand_in.values()):
            del message[name]
            changed = True
    if isinstance(message.get("tool_calls"), dict):
        message["tool_calls"] = [message["tool_calls"]]
        changed = True
    changed |= _drop_theirs(message)
    if "role" in message and message["role"] not in ("assistant", None):
        message["role"] = "assistant"
        changed = True
    return changed


def _content(message: Json) -> bool:
    """Mistral's and Databricks' content is an array when the model thinks; a JSON mode may answer with an object."""
    content = message.get("content")
    if content is None or isinstance(content, str):
        return False
    if not isinstance(content, list):
        message["content"] = dumps(content)
        return True
    message["content"] = "".join(_texts(content, "text"))
    thoughts = "".join((*_texts(content, "thinking"), *_texts(content, "reasoning", "summary")))
    if thoughts:
        message["reasoning_content"] = thoughts
    return True


def _texts(parts: Iterable[Any], kind: str, field: str = "") -> Iterable[str]:
    """The texts of the parts of this kind, which stand in `field`, or in the field of its name."""
    for part in parts:
        if isinstance(part, str) and kind == "text":
            yield part
        if not isinstance(part, dict) or part.get("type") != kind:
            continue
        value = part.get(field or kind)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value, "summary_text" if field == "summary" else "text", "text")


def _reasoning(message: Json, field: str) -> bool:
    known = message.get("reasoning_content")
    if isinstance(known, str) and (known or not message.get("reasoning")):
        return False
    for name in (field, "reasoning"):
        if message.get(name) and isinstance(message[name], str):
            message["reasoning_content"] = message.pop(name)
            return True
    details = message.get("reasoning_details")
    if not isinstance(details, list):
        return False
    texts = (detail.get("text") or detail.get("summary") for detail in details if isinstance(detail, dict))
    text = "".join(text for text in texts if isinstance(text, str))
    if text:
        message["reasoning_content"] = text
    return bool(text)


def split_thoughts(message: Json, thoughts: Thoughts, last: bool) -> bool:
    """Takes the thoughts out of the text of a message or delta; where they have a field, the text holds none.
    `last`: no text follows it."""
    content = message.get("content")
    given = content if isinstance(content, str) else ""
    pieces = [thoughts.rest(), ("", given)] if message.get("reasoning_content") else [thoughts.split(given)]
    pieces += [thoughts.rest()] if last else []
    thought, said = ("".join(texts) for texts in zip(*pieces, strict=True))
    if not thought and said == given:
        return False
    message["content"] = said
    if thought:
        message["reasoning_content"] = thought + (message.get("reasoning_content") or "")
    return True


def repair_whole_calls(message: Json, seed: str) -> bool:
    """Repairs the calls of a whole reply: each has an id, a type, and its arguments as text."""
    changed = False
    for position, call in enumerate(_calls(message)):
        if not call.get("id"):
            call["id"] = made_up_id(seed, position, dumps(call))
            changed = True
        if call.get("type") not in CALL_TYPES:
            call["type"] = "function"
            changed = True
        changed |= _arguments(call, whole=True)
    return changed


def made_up_id(*parts: object) -> str:
    """An id for a call that has none; the same for the same call."""
    return "call_" + hashlib.sha256(":".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _calls(message: Json) -> list[Json]:
    calls = message.get("tool_calls")
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _drop_theirs(message: Json) -> bool:
    """Zhipu tells of its own searches as calls of another type, which nobody but itself can make."""
    calls = _calls(message)
    ours = [call for call in calls if call.get("type", "function") in (*CALL_TYPES, None, "") or call.get("function")]
    if len(ours) == len(calls):
        return False
    message["tool_calls"] = ours or None
    return True


def _arguments(call: Json, whole: bool) -> bool:
    """Arguments are text: an object is written as JSON, none at the start of a call are the empty text."""
    function = call.get("function")
    if not isinstance(function, dict):
        return False
    arguments = function.get("arguments")
    if isinstance(arguments, str) or (arguments is None and not whole and "arguments" not in function):
        return False
    function["arguments"] = "" if arguments is None else dumps(arguments)
    return True


class CallNumbers:
    """The tool calls of one streamed choice: gives every fragment its call's index, whatever the provider sent.

    Providers leave the index out, count from 1 or -1, give two calls the same one, or repeat id and name in every
    fragment (which clients then join).
    """

    def __init__(self) -> None:
        self._by_id: dict[str, int] = {}
        self._by_index: dict[int, int] = {}
        self._names: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._names)

    def repair(self, delta: Json, seed: str) -> bool:
        """Repairs the fragments of one delta. `seed` goes into ids that have to be made up."""
        changed = False
        for call in _calls(delta):
            function = call.get("function")
            name = (function.get("name") or "") if isinstance(function, dict) else ""
            known = self._known(call, name)
            index = self._begin(call, name) if known is None else known
            if _valid_index(call) != index:
                call["index"] = index
                changed = True
            changed |= self._first(call, index, seed) if known is None else self._continued(call, index)
        return changed

    def _known(self, call: Json, name: str) -> int | None:
        """The index of the call that this fragment continues."""
        call_id, theirs = call.get("id"), _valid_index(call)
        if call_id in self._by_id:
            return self._by_id[call_id]
        if theirs is not None and theirs in self._by_index:
            return None if call_id and name else self._by_index[theirs]
        if not call_id and not name and self._names:
            return len(self._names) - 1
        return None

    def _begin(self, call: Json, name: str) -> int:
        theirs = _valid_index(call)
        index = len(self._names)
        self._names.append(name)
        if theirs is not None:
            self._by_index[theirs] = index
        return index

    def _first(self, call: Json, index: int, seed: str) -> bool:
        changed = False
        if not call.get("id"):
            call["id"] = made_up_id(seed, index, self._names[index])
            changed = True
        self._by_id[call["id"]] = index
        if call.get("type") not in CALL_TYPES:
            call["type"] = "function"
            changed = True
        return changed | _arguments(call, whole=True)

    def _continued(self, call: Json, index: int) -> bool:
        changed = False
        if "id" in call:
            del call["id"]
            changed = True
        if call.get("type", "function") is None:
            del call["type"]
            changed = True
        function = call.get("function")
        if isinstance(function, dict) and function.get("name", self._names[index]) in (None, "", self._names[index]):
            changed |= function.pop("name", function) is not function
        return changed | _arguments(call, whole=False)


def _valid_index(call: Json) -> int | None:
    index = call.get("index")
    return index if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else None
