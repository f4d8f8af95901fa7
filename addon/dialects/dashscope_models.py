"""What a model of DashScope takes, read from its name: one asked at the wrong address answers `url error`.

Facts: help.aliyun.com/en/model-studio/qwen-api-via-dashscope and /deep-thinking. Must not know requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

INTERNET = "-internet"
"""One API's ending for models that shall search the web."""
SENSES = {"vl", "vision", "omni", "audio", "ocr", "gui", "asr", "captioner", "qvq"}
"""Words in the names of models that take more than text."""
NUMBERED = re.compile(r"qwen(\d+)\.(\d+)-(.*)")
HYBRID = re.compile(r"qwen3-\d+(?:\.\d+)?b(?:-a\d+b)?")
"""Open models that think unless they are told not to, and think only in streams."""
STREAM_ONLY = re.compile(r"(?:qwq|qvq)\b|.*-(?:omni|thinking)\b|qwen-deep-research")
WHOLE_TEXTS = re.compile(r"qwen-mt-")
"""Models whose stream repeats all that was said before in each frame."""
LARGE_BATCH = re.compile(r"text-embedding-v[12]$")
NO_EFFORT = ("none", "minimal")
BUDGETS = {"low": 2048, "medium": 8192}
"""Effort -> tokens to think with; with more effort as many as the model likes."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """`name` is the model as DashScope knows it; `searches`: the client asked for the web by the model's name."""

    name: str
    searches: bool

    @property
    def multimodal(self) -> bool:
        """Qwen 3.5 and later take pictures, but for the coders, and the Max models before 3.8."""
        if SENSES & set(re.split(r"[-.]", self.name)):
            return True
        found = NUMBERED.match(self.name)
        if found is None:
            return False
        version, kind = (int(found[1]), int(found[2])), found[3]
        return version >= (3, 5) and "coder" not in kind and (version >= (3, 8) or not kind.startswith("max"))

    @property
    def increments(self) -> bool:
        """A stream may be asked for whose frames hold only what is new."""
        return not WHOLE_TEXTS.match(self.name)

    def must_stream(self, thinks: bool | None) -> bool:
        """There is no answer but a stream; `thinks` is what was asked for, None if nothing was."""
        return bool(STREAM_ONLY.match(self.name)) or (thinks is not False and bool(HYBRID.fullmatch(self.name)))

    @property
    def takes_effort(self) -> bool:
        """The compatible mode knows `reasoning_effort` since Qwen 3.8."""
        found = NUMBERED.match(self.name)
        return found is not None and (int(found[1]), int(found[2])) >= (3, 8)

    @property
    def embedding_batch(self) -> int:
        """Texts per request."""
        return 25 if LARGE_BATCH.match(self.name) else 10


def abilities(model: str) -> Abilities:
    return Abilities(model.removesuffix(INTERNET), model.endswith(INTERNET))


def thinking(effort: str) -> dict[str, Any]:
    """The parameters for an effort."""
    if effort in NO_EFFORT:
        return {"enable_thinking": False}
    budget = BUDGETS.get(effort)
    return {"enable_thinking": True} | ({"thinking_budget": budget} if budget else {})
