"""What a Claude model takes, read from its name: Anthropic's knobs differ by model, and a wrong one is a 400.

Facts: platform.claude.com (adaptive thinking, effort, structured outputs, prefill), and the errors that clients met.
Must not know requests. A name that is not Claude's (Anthropic's format at other vendors) gets the plain old set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# claude-sonnet-4-5-20250929, claude-3-5-haiku-latest, us.anthropic.claude-opus-4-1-20250805-v1:0, claude-opus-4.5
NAME = re.compile(r"claude-(?:([a-z]+)-)?v?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?")
NEWEST = (99, 0)
EFFORTS = ("low", "medium", "high", "xhigh", "max")
ALWAYS_THINKING = ("claude-fable", "claude-mythos")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model takes."""

    sampling: bool = True
    """`temperature`, `top_p` and `top_k`."""
    temperature_with_top_p: bool = True
    thinking: Literal["none", "budget", "adaptive"] = "budget"
    thinking_off: bool = True
    """`thinking: disabled` is accepted; some models always think."""
    hides_thinking: bool = False
    """Thinking comes without its text unless `display` asks for it."""
    efforts: tuple[str, ...] = ()
    forced_tools: bool = True
    prefill: bool = True
    """The conversation may end with an assistant message, which is continued."""
    schemas: bool = False
    """`output_config.format` and strict tools."""


def abilities(model: str) -> Abilities:
    """The abilities of a model, by its name."""
    name = model.lower()
    if "claude" not in name:
        return Abilities()
    found = NAME.search(name)
    family = (found and found[1]) or ""
    version = (int(found[2]), int(found[3] or 0)) if found else NEWEST
    always = any(word in name for word in ALWAYS_THINKING)
    adaptive = version >= (4, 6)
    return Abilities(
        sampling=version < (4, 7),
        temperature_with_top_p=version < (4, 1),
        thinking="adaptive" if adaptive else "budget" if version >= (3, 7) else "none",
        thinking_off=not always,
        hides_thinking=version >= (4, 7),
        efforts=tuple(effort for effort in EFFORTS if effort != "xhigh" or version >= (4, 7)) if adaptive else (),
        forced_tools=not always,
        prefill=not adaptive,
        schemas=version >= ((4, 1) if family == "opus" else (4, 5)),
    )
