"""What a Gemini model takes, read from its name: a thinking knob of the wrong kind is a 400.

Facts: ai.google.dev/gemini-api/docs/thinking and /function-calling. Must not know requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

NAME = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
NEWEST = (99, 0)
MUTE = ("image", "tts", "embedding", "audio", "live")
"""Kinds of models without a thinking knob."""
BUDGETS = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576}
LEVELS = {"none": "MINIMAL", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM"}
"""Effort -> level; all that is more is HIGH."""
LEAST_PRO_BUDGET = 128


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model takes. `version` is (0, 0) for a name that is not Gemini's (Gemma, tuned models)."""

    version: tuple[int, int]
    pro: bool
    mute: bool

    @property
    def system_instruction(self) -> bool:
        """Gemma has none."""
        return self.version > (0, 0)

    @property
    def json_with_tools(self) -> bool:
        """A JSON answer may be asked for beside tools."""
        return self.version >= (3, 0)

    @property
    def media_in_results(self) -> bool:
        """The result of a function may hold images."""
        return self.version >= (3, 0)

    @property
    def wants_signatures(self) -> bool:
        """A function call of the history is refused without its thought signature."""
        return self.version >= (3, 0)

    @property
    def validates_tools(self) -> bool:
        """The calling mode VALIDATED, which keeps to the tools' schemas."""
        return self.version >= (2, 5)

    def thinking_config(self, effort: str) -> dict[str, Any] | None:
        """`thinkingConfig` for an effort: a budget up to Gemini 2.5, a level since 3, never both."""
        if self.mute or self.version < (2, 5) or effort not in {*BUDGETS, "none"}:
            return None
        if self.version >= (3, 0):
            return {"thinkingLevel": self.level(effort), "includeThoughts": effort != "none"}
        if effort == "none":
            return {"thinkingBudget": LEAST_PRO_BUDGET if self.pro else 0, "includeThoughts": False}
        return {"thinkingBudget": BUDGETS[effort], "includeThoughts": True}

    def level(self, effort: str) -> str:
        """The nearest level that the model has: the Pro models and 3.7 Flash have no MINIMAL, 3 Pro no MEDIUM."""
        level = LEVELS.get(effort, "HIGH")
        if level == "MINIMAL" and (self.pro or self.version == (3, 7)):
            return "LOW"
        if level == "MEDIUM" and self.pro and self.version == (3, 0):
            return "HIGH"
        return level


def abilities(model: str) -> Abilities:
    """The abilities of a model, by its name; `gemini-flash-latest` and the like are the newest."""
    name = model.lower()
    found = NAME.search(name)
    version = (int(found[1]), int(found[2] or 0)) if found else NEWEST if "gemini-" in name else (0, 0)
    return Abilities(version=version, pro="pro" in name, mute=any(word in name for word in MUTE))
