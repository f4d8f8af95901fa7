"""The choices of one streamed reply: what each has said so far, and the repairs that need to know it.

Must not know usage, identity nor bytes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from addon.canon.thoughts import Thoughts
from addon.dialects.openai_message import CallNumbers, repair_message, split_thoughts
from addon.dialects.openai_repairs import finish_reason, implied_reason

Json = dict[str, Any]
SAYINGS = ("content", "reasoning_content", "reasoning_details", "refusal", "tool_calls", "function_call")
EXTRAS = ("annotations", "audio", "images")
LISTS = ("annotations", "reasoning_details", "images")


class Choice:
    """One choice, between its first and its last chunk."""

    def __init__(self, tagged: bool) -> None:
        self.thoughts = Thoughts() if tagged else None
        self.spoke = False
        self.finished = False
        self.calls = CallNumbers()
        self._listed: Counter[str] = Counter()

    def rest(self) -> Json:
        """A delta with what was held back, if anything was."""
        delta: Json = {}
        if self.thoughts is not None:
            split_thoughts(delta, self.thoughts, last=True)
        return delta

    def number_lists(self, delta: Json) -> bool:
        """Entries of a streamed list have an `index`: OpenAI's own client cannot put them together without."""
        changed = False
        for name in LISTS:
            for entry in delta.get(name) or ():
                if isinstance(entry, dict) and not isinstance(entry.get("index"), int):
                    entry["index"] = self._listed[name]
                    changed = True
                self._listed[name] += 1
        return changed


class Choices:
    """Repairs the choices of each chunk in place. `part` is "delta" for chats, "text" for completions; `tagged`:
    thoughts may stand in the text, between tags; `calls_at_stop`: calls may end with the word `stop`."""

    def __init__(self, part: str, reasoning_field: str, tagged: bool = False, calls_at_stop: bool = False) -> None:
        self._calls_at_stop = calls_at_stop
        self._part = part
        self._tagged = tagged and part == "delta"
        self._reasoning_field = reasoning_field
        self._choices: dict[int, Choice] = {}

    @property
    def all_finished(self) -> bool:
        return bool(self._choices) and all(choice.finished for choice in self._choices.values())

    def unfinished(self) -> list[Json]:
        """A finishing choice for every one whose provider ended the stream without a word about it."""
        return [
            {
                "index": index,
                **({"delta": choice.rest()} if self._part == "delta" else {"text": ""}),
                "logprobs": None,
                "finish_reason": implied_reason(bool(choice.calls)),
            }
            for index, choice in sorted(self._choices.items())
            if not choice.finished
        ]

    def leftovers(self) -> list[Json]:
        """What was held back when the stream was cut."""
        rests = ((index, choice.rest()) for index, choice in sorted(self._choices.items()))
        return [{"index": index, "delta": rest, "finish_reason": None} for index, rest in rests if rest]

    def repair(self, document: Json, seed: str) -> bool:
        """Repairs the choices and drops those that say nothing. Raises BrokenOff if one tells of a failure."""
        changed = not isinstance(document.get("choices"), list)
        kept: list[Json] = []
        given = document.get("choices") or []
        for position, choice in enumerate(given):
            touched, keep = self._repair(choice, position, seed)
            changed |= touched or not keep
            if keep:
                kept.append(choice)
        if changed:
            document["choices"] = kept
        return changed

    def _repair(self, choice: Json, position: int, seed: str) -> tuple[bool, bool]:
        """Whether the choice was changed, and whether there is anything in it to show."""
        changed = not isinstance(choice.get("index"), int)
        if changed:
            choice["index"] = position
        state = self._choices.setdefault(choice["index"], Choice(self._tagged))
        touched, bare = self._text(choice) if self._part == "text" else self._delta(choice, state, seed)
        changed |= touched | self._finish(choice, state)
        says = bool(choice.get("text")) or _says_something(choice.get("delta") or {}) or bool(choice.get("logprobs"))
        keep = says or choice["finish_reason"] is not None or not (bare or state.finished)
        state.spoke |= says
        state.finished |= choice["finish_reason"] is not None
        return changed, keep

    def _finish(self, choice: Json, state: Choice) -> bool:
        given = choice.get("finish_reason", "")
        reason = None if state.finished else finish_reason(given, bool(state.calls))
        if self._calls_at_stop and reason == "stop":
            reason = implied_reason(bool(state.calls))
        choice["finish_reason"] = reason
        return bool(reason != given)

    def _text(self, choice: Json) -> tuple[bool, bool]:
        if isinstance(choice.get("text"), str):
            return False, False
        choice["text"] = (choice.get("delta") or {}).get("content") or ""
        return True, not choice["text"]

    def _delta(self, choice: Json, state: Choice, seed: str) -> tuple[bool, bool]:
        """Repairs the delta. The second value: the choice came without one."""
        whole = choice.pop("message", None) or (choice.pop("messages", None) or [None])[-1]
        changed, bare = whole is not None, False
        if not isinstance(choice.get("delta"), dict):
            changed = True
            bare = not isinstance(whole, dict)
            choice["delta"] = {} if bare else _unsaid(whole, state)
        delta = choice["delta"]
        if delta.get("role") == "tool":
            # A search that the provider made by itself tells of its results.
            choice["delta"] = delta = {}
            changed = bare = True
        changed |= repair_message(delta, self._reasoning_field) | state.number_lists(delta)
        if state.thoughts is not None:
            changed |= split_thoughts(delta, state.thoughts, last=bool(choice.get("finish_reason")))
        return changed | state.calls.repair(delta, f"{seed}:{choice['index']}"), bare


def _unsaid(whole: Json, state: Choice) -> Json:
    """MiniMax repeats the whole message at the end: only calls that were not streamed are news."""
    if not state.spoke:
        return whole
    return {} if state.calls or not whole.get("tool_calls") else {"tool_calls": whole["tool_calls"]}


def _says_something(delta: Json) -> bool:
    return any(delta.get(name) for name in (*SAYINGS, *EXTRAS))
