"""What each Gemini model takes, by name."""

from __future__ import annotations

from typing import Any

import pytest

from addon.dialects.gemini_models import abilities


def budget(tokens: int, shown: bool = True) -> dict[str, Any]:
    return {"thinkingBudget": tokens, "includeThoughts": shown}


def level(word: str, shown: bool = True) -> dict[str, Any]:
    return {"thinkingLevel": word, "includeThoughts": shown}


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("gemini-1.5-pro", "high", None),
        ("gemini-2.0-flash", "high", None),
        ("gemini-2.5-flash", "none", budget(0, shown=False)),
        ("gemini-2.5-pro", "none", budget(128, shown=False)),
        ("gemini-2.5-flash-lite", "minimal", budget(512)),
        ("gemini-2.5-flash", "low", budget(1024)),
        ("gemini-2.5-flash", "medium", budget(8192)),
        ("models/gemini-2.5-pro", "max", budget(24576)),
        ("gemini-2.5-flash", "silly", None),
        ("gemini-2.5-flash-image-preview", "low", None),
        ("gemini-2.5-flash-preview-tts", "low", None),
        ("gemini-3-flash-preview", "none", level("MINIMAL", shown=False)),
        ("gemini-3-flash-preview", "minimal", level("MINIMAL")),
        ("gemini-3-flash-preview", "medium", level("MEDIUM")),
        ("gemini-3-pro-preview", "none", level("LOW", shown=False)),
        ("gemini-3-pro-preview", "minimal", level("LOW")),
        ("gemini-3-pro-preview", "medium", level("HIGH")),
        ("gemini-3.1-pro", "medium", level("MEDIUM")),
        ("gemini-3.7-flash", "minimal", level("LOW")),
        ("gemini-3.5-flash", "xhigh", level("HIGH")),
        ("gemini-flash-latest", "low", level("LOW")),
        ("gemma-3-27b-it", "low", None),
        ("tunedModels/mine", "low", None),
    ],
)
def test_thinking_is_a_budget_or_a_level(model: str, effort: str, wanted: dict[str, Any] | None) -> None:
    assert abilities(model).thinking_config(effort) == wanted


@pytest.mark.parametrize(
    ("model", "system", "json_with_tools", "signatures", "validates"),
    [
        ("gemma-3-27b-it", False, False, False, False),
        ("gemini-2.0-flash", True, False, False, False),
        ("gemini-2.5-pro", True, False, False, True),
        ("gemini-3-pro-preview", True, True, True, True),
        ("gemini-pro-latest", True, True, True, True),
    ],
)
def test_abilities_follow_the_version_in_the_name(
    model: str, system: bool, json_with_tools: bool, signatures: bool, validates: bool
) -> None:
    able = abilities(model)
    assert (able.system_instruction, able.json_with_tools) == (system, json_with_tools)
    assert (able.wants_signatures, able.validates_tools) == (signatures, validates)
    assert able.media_in_results is json_with_tools
