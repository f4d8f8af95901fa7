"""What is read from the names of DashScope's models."""

from __future__ import annotations

from typing import Any

import pytest

from addon.dialects.dashscope_models import abilities, thinking


@pytest.mark.parametrize(
    ("model", "multimodal"),
    [
        ("qwen-plus", False),
        ("qwen3-max", False),
        ("qwen3-coder-plus", False),
        ("qwen2.5-72b-instruct", False),
        ("qwen3.6-max-preview", False),
        ("qwen3.7-max", False),
        ("qwen3.5-coder", False),
        ("deepseek-v4-pro", False),
        ("kimi-k2.5", False),
        ("qwen3.5-plus", True),
        ("qwen3.6-plus", True),
        ("qwen3.7-flash", True),
        ("qwen3.8-max", True),
        ("qwen3.5-397b-a17b", True),
        ("qwen4.0-max", True),
        ("qwen-vl-plus", True),
        ("qwen2.5-vl-72b-instruct", True),
        ("qwen-vl-ocr-latest", True),
        ("qvq-max", True),
        ("qwen-audio-turbo", True),
        ("qwen3-omni-30b-a3b-captioner", True),
        ("gui-plus", True),
    ],
)
def test_which_service_has_a_model(model: str, multimodal: bool) -> None:
    assert abilities(model).multimodal is multimodal


@pytest.mark.parametrize(
    ("model", "thinks", "wanted"),
    [
        ("qwen-plus", None, False),
        ("qwen-plus", True, False),
        ("qwq-plus", None, True),
        ("qvq-max", False, True),
        ("qwen3-omni-flash", None, True),
        ("qwen3-235b-a22b-thinking-2507", None, True),
        ("qwen3-235b-a22b", None, True),
        ("qwen3-32b", True, True),
        ("qwen3-0.6b", False, False),
        ("qwen3-235b-a22b-instruct-2507", None, False),
        ("qwen-deep-research", None, True),
    ],
)
def test_some_models_answer_in_streams_only(model: str, thinks: bool | None, wanted: bool) -> None:
    assert abilities(model).must_stream(thinks) is wanted


def test_one_apis_ending_means_to_search() -> None:
    found = abilities("qwen-plus-internet")
    assert (found.name, found.searches) == ("qwen-plus", True)
    assert not abilities("qwen-plus").searches


def test_the_translator_repeats_itself() -> None:
    assert not abilities("qwen-mt-plus").increments
    assert abilities("qwen-plus").increments


@pytest.mark.parametrize(
    ("model", "size"),
    [("text-embedding-v1", 25), ("text-embedding-v2", 25), ("text-embedding-v4", 10), ("text-embedding-async-v2", 10)],
)
def test_how_many_texts_at_once(model: str, size: int) -> None:
    assert abilities(model).embedding_batch == size


@pytest.mark.parametrize(
    ("effort", "wanted"),
    [
        ("none", {"enable_thinking": False}),
        ("minimal", {"enable_thinking": False}),
        ("low", {"enable_thinking": True, "thinking_budget": 2048}),
        ("medium", {"enable_thinking": True, "thinking_budget": 8192}),
        ("high", {"enable_thinking": True}),
        ("xhigh", {"enable_thinking": True}),
    ],
)
def test_an_effort(effort: str, wanted: dict[str, Any]) -> None:
    assert thinking(effort) == wanted


def test_who_knows_efforts_in_the_compatible_mode() -> None:
    assert abilities("qwen3.8-max").takes_effort
    assert not abilities("qwen3.7-plus").takes_effort
    assert not abilities("qwen-plus").takes_effort
