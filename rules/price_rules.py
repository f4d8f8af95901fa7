"""Completion ratios by the look of a name: the last resort for models that no table has a price for.

One API's rules, with the families added that came after them. Must not know any table.
"""

from __future__ import annotations

EXACT = {
    "whisper-1": 0.0,
    "gpt-3.5-turbo": 3.0,
    "gpt-4o-2024-05-13": 3.0,
    "chatgpt-4o-latest": 3.0,
    "deepseek-reasoner": 3.98,
    "llama2-70b-4096": 1.25,
    "llama3-8b-8192": 2.0,
    "llama3-70b-8192": 1.339,
    "command": 2.0,
    "command-light": 2.0,
    "command-nightly": 2.0,
    "command-light-nightly": 2.0,
    "command-r": 3.0,
    "command-r-plus": 5.0,
    "grok-beta": 3.0,
}

# (start, end, ratio): the first row that fits a name counts.
FAMILIES: tuple[tuple[str, str, float], ...] = (
    ("gpt-3.5", "0125", 3.0),
    ("gpt-3.5", "1106", 2.0),
    ("gpt-3.5", "", 4 / 3),
    ("gpt-4o", "", 4.0),
    ("gpt-4.1", "", 4.0),
    ("gpt-4-turbo", "", 3.0),
    ("gpt-4", "preview", 3.0),
    ("gpt-4", "", 2.0),
    ("gpt-5", "", 8.0),
    ("gpt-6", "", 8.0),
    ("o1", "", 4.0),
    ("o3", "", 4.0),
    ("o4", "", 4.0),
    ("claude-instant", "", 3.0),
    ("claude-2", "", 3.0),
    ("claude-", "", 5.0),
    ("mistral-", "", 3.0),
    ("gemini-1", "", 3.0),
    ("gemini-2.0", "", 4.0),
    ("gemini-", "", 6.0),
    ("deepseek-", "", 2.0),
    ("grok-", "", 5.0),
    ("qwen", "", 4.0),
)


def completion_by_rule(model: str) -> float:
    """How many times a completion token costs a prompt token, judged by the name; 1 for an unknown family."""
    if model in EXACT:
        return EXACT[model]
    for start, end, ratio in FAMILIES:
        if model.startswith(start) and model.endswith(end):
            return ratio
    return 1.0
