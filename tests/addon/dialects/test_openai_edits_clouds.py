"""What each Chinese cloud gets of a client's wishes: through its row, by the tables of the fact sheet."""

from __future__ import annotations

from typing import Any

import pytest

from addon.dialects.openai_edits import EDITS
from addon.dialects.openai_edits_clouds import EDITS_CLOUDS
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import USER, WEATHER, chat, document
from tests.addon.dialects.wishes import sent

DOUBAO, SILICONFLOW, QIANFAN, BAILIAN = 40, 44, 47, 49
SYSTEM = {"role": "system", "content": "Be brief."}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}


def test_edits_are_known_by_name() -> None:
    assert set(EDITS_CLOUDS) <= set(EDITS)


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("doubao-seed-2-0-mini-260215", {"max_tokens": 4, "max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ("doubao-seed-2-0-mini-260215", {"user": "ada", "seed": 1, "n": 2, "stop": "A"}, {}),
        ("doubao-seed-1-6-250615", {"reasoning_effort": "none"}, {"reasoning_effort": "minimal"}),
        ("doubao-seed-1-6-250615", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}),
        ("deepseek-v3-2-251201", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("doubao-1-5-pro-32k-250115", {"reasoning_effort": "low"}, {}),
        ("doubao-1-5-pro-32k-250115", {"stop": ["A", "B", "C", "D", "E"]}, {"stop": ["A", "B", "C", "D"]}),
        ("ep-20240607092512-c5wnh", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ("bot-20240607092512-c5wnh", {"temperature": 1.5}, {"temperature": 1}),
    ],
)
def test_ark_gets_what_its_models_take(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(DOUBAO, model, **fields) == wanted


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("ernie-4.5-turbo-128k", {"temperature": 0, "max_tokens": 1}, {"temperature": 0.01, "max_tokens": 2}),
        ("ernie-4.5-turbo-128k", {"temperature": 2, "max_tokens": 50}, {"temperature": 1, "max_tokens": 50}),
        ("deepseek-v3.2", {"temperature": 1.5}, {"temperature": 1.5}),
        ("ernie-4.5-turbo-vl-preview", {"reasoning_effort": "high"}, {"enable_thinking": True}),
        ("qwen3-32b", {"reasoning_effort": "none"}, {"enable_thinking": False}),
        ("qwen3-32b", {"reasoning_effort": "low", "enable_thinking": False}, {"enable_thinking": False}),
        ("qwen3-32b", {}, {}),
        ("ernie-5.0-thinking-latest", {"reasoning_effort": "high"}, {}),
        ("deepseek-v4-pro", {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
    ],
)
def test_qianfan_gets_ernies_ranges(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(QIANFAN, model, **fields) == wanted


def test_qianfan_gets_someone_who_asks() -> None:
    assert sent(QIANFAN, "ernie-3.5-8k", SYSTEM)["messages"] == [{"role": "user", "content": "Be brief."}]


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("qwen-plus", {"temperature": 2, "top_p": 1}, {"temperature": 1.99, "top_p": 0.99}),
        ("qwen-plus", {"reasoning_effort": "none"}, {"enable_thinking": False}),
        ("qwen-plus", {"reasoning_effort": "low"}, {"enable_thinking": True, "thinking_budget": 2048}),
        ("qwen-plus", {"reasoning_effort": "low", "enable_thinking": False}, {"enable_thinking": False}),
        ("qwen3.8-max", {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ("qwen-plus", {"tools": [WEATHER], "tool_choice": "required"}, {"tools": [WEATHER], "tool_choice": "auto"}),
        ("qwen-plus", {"tools": [WEATHER], "tool_choice": NAMED}, {"tools": [WEATHER], "tool_choice": NAMED}),
        ("qwq-plus", {}, {"stream": True, "stream_options": {"include_usage": True}}),
        ("qwen3-32b", {}, {"stream": True, "stream_options": {"include_usage": True}}),
        ("qwen3-32b", {"reasoning_effort": "none"}, {"enable_thinking": False}),
        ("qwen3-32b", {"enable_thinking": False}, {"enable_thinking": False}),
        ("qwen-plus", {}, {}),
    ],
)
def test_bailian_gets_its_own_switches(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(BAILIAN, model, **fields) == wanted


def test_bailian_gets_sound_as_a_data_url() -> None:
    def hearing(data: str) -> dict[str, Any]:
        part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        return {"role": "user", "content": [{"type": "text", "text": "What is said?"}, part]}

    made = sent(BAILIAN, "qwen3-omni-flash", hearing("UklGRg=="), USER)
    assert made["messages"] == [hearing("data:;base64,UklGRg=="), USER]
    for known in ("https://p.example/a.wav", "data:audio/wav;base64,UklGRg=="):
        assert sent(BAILIAN, "qwen3-omni-flash", hearing(known))["messages"] == [hearing(known)]


def test_bailian_searches_where_the_models_name_says_so() -> None:
    made = document(through_row(BAILIAN, chat(), "qwen-plus-internet"))
    assert (made["model"], made["enable_search"]) == ("qwen-plus", True)


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("deepseek-ai/DeepSeek-V4-Flash", "low", {"reasoning_effort": "high"}),
        ("Pro/zai-org/GLM-5.2", "xhigh", {"reasoning_effort": "max"}),
        ("Pro/zai-org/GLM-5.2", "none", {"enable_thinking": False}),
        ("deepseek-ai/DeepSeek-V3.2", "high", {"enable_thinking": True}),
        ("Qwen/Qwen3-8B", "minimal", {"enable_thinking": False}),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B-Distill", "high", {}),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "high", {}),
        ("Qwen/Qwen2.5-72B-Instruct", "none", {}),
    ],
)
def test_siliconflow_has_an_effort_a_switch_or_neither(model: str, effort: str, wanted: dict[str, Any]) -> None:
    assert sent(SILICONFLOW, model, reasoning_effort=effort) == wanted


def test_siliconflow_has_the_plain_json_mode_four_stops_and_leaves_the_clients_switch() -> None:
    made = sent(SILICONFLOW, "Qwen/Qwen3-8B", SYSTEM, USER, response_format=SCHEMA, stop=list("abcde"))
    assert made["response_format"] == {"type": "json_object"}
    assert made["stop"] == list("abcd")
    own = {"enable_thinking": False, "reasoning_effort": "high"}
    assert sent(SILICONFLOW, "Qwen/Qwen3-8B", **own) == {"enable_thinking": False}
