"""What each Claude model takes, by name."""

from __future__ import annotations

import pytest

from addon.dialects.anthropic_models import EFFORTS, Abilities, abilities

WITHOUT_XHIGH = ("low", "medium", "high", "max")


@pytest.mark.parametrize(
    ("model", "sampling", "both", "thinking", "efforts", "prefill", "schemas"),
    [
        ("claude-2.1", True, True, "none", (), True, False),
        ("anthropic.claude-v2:1", True, True, "none", (), True, False),
        ("claude-instant-1.2", True, True, "none", (), True, False),
        ("claude-3-opus-20240229", True, True, "none", (), True, False),
        ("claude-3-5-haiku-latest", True, True, "none", (), True, False),
        ("claude-3-7-sonnet-20250219", True, True, "budget", (), True, False),
        ("claude-sonnet-4-20250514", True, True, "budget", (), True, False),
        ("claude-opus-4-0", True, True, "budget", (), True, False),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", True, False, "budget", (), True, True),
        ("claude-opus-4-5@20251101", True, False, "budget", (), True, True),
        ("claude-sonnet-4.5", True, False, "budget", (), True, True),
        ("claude-haiku-4-5-20251001", True, False, "budget", (), True, True),
        ("claude-sonnet-4-6", True, False, "adaptive", WITHOUT_XHIGH, False, True),
        ("claude-opus-4-7", False, False, "adaptive", EFFORTS, False, True),
        ("claude-sonnet-5", False, False, "adaptive", EFFORTS, False, True),
        ("Claude-Haiku-5-5", False, False, "adaptive", EFFORTS, False, True),
        ("claude-latest", False, False, "adaptive", EFFORTS, False, True),
    ],
)
def test_abilities_follow_the_version_in_the_name(
    model: str, sampling: bool, both: bool, thinking: str, efforts: tuple[str, ...], prefill: bool, schemas: bool
) -> None:
    able = abilities(model)
    assert (able.sampling, able.temperature_with_top_p, able.thinking) == (sampling, both, thinking)
    assert (able.efforts, able.prefill, able.schemas) == (efforts, prefill, schemas)
    assert able.thinking_off and able.forced_tools


@pytest.mark.parametrize("model", ["claude-fable-5", "claude-mythos-5-2", "claude-mythos-preview"])
def test_models_that_always_think_cannot_be_forced_to_call(model: str) -> None:
    assert not abilities(model).thinking_off
    assert not abilities(model).forced_tools
    assert abilities(model).thinking == "adaptive"


def test_newer_models_hide_their_thinking_unless_asked() -> None:
    assert [abilities(model).hides_thinking for model in ("claude-opus-4-6", "claude-opus-4-7")] == [False, True]


def test_a_foreign_model_gets_the_plain_old_set() -> None:
    assert abilities("deepseek-chat") == Abilities()
