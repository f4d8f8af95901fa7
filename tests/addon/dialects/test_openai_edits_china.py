"""What each Chinese provider gets of a client's wishes: through its row, by the tables of the fact sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.request import CannotCarry
from addon.dialects.openai_edits import EDITS
from addon.dialects.openai_edits_china import EDITS_CHINA
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, result
from tests.addon.dialects.wishes import KEYS, sent

ZHIPU, AI360, MOONSHOT, BAICHUAN, MINIMAX, YI, STEPFUN, DOUBAO, QIANFAN = 16, 19, 25, 26, 27, 31, 32, 40, 47
BAILIAN, SILICONFLOW, FASTGPT = 49, 44, 22
SYSTEM = {"role": "system", "content": "Be brief."}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}


def test_edits_are_known_by_name() -> None:
    assert EDITS_CHINA.items() <= EDITS.items()


@pytest.mark.parametrize(
    ("channel_type", "model"),
    [
        (ZHIPU, "glm-4.7"),
        (AI360, "360gpt-pro"),
        (MOONSHOT, "moonshot-v1-8k"),
        (BAICHUAN, "Baichuan4"),
        (YI, "yi-lightning"),
        (STEPFUN, "step-3"),
        (DOUBAO, "doubao-seed-2-0-mini-260215"),
        (QIANFAN, "ernie-4.5-turbo-128k"),
    ],
)
def test_plain_request_stays_as_it_is(channel_type: int, model: str) -> None:
    assert sent(channel_type, model) == {}


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("glm-4.7", {"temperature": 0}, {"temperature": 0.01, "do_sample": False}),
        ("glm-4.7", {"temperature": 2, "top_p": 1}, {"temperature": 0.99, "top_p": 0.99}),
        ("glm-4.7", {"temperature": 0.5, "top_p": 0}, {"temperature": 0.5, "top_p": 0.01}),
        ("glm-4.7", {"stop": "END"}, {"stop": ["END"]}),
        ("glm-4.7", {"stop": ["A", "B"]}, {"stop": ["A"]}),
        ("glm-4.7", {"stop": None}, {}),
        ("glm-4.7", {"user": "ada-lovelace"}, {"user_id": "ada-lovelace"}),
        ("glm-4.7", {"user": "ada"}, {}),
        ("glm-4.7", {"max_completion_tokens": 9, "presence_penalty": 1, "logprobs": True}, {"max_tokens": 9}),
        ("glm-4.7", {"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ("glm-4.7", {"tools": [WEATHER], "tool_choice": NAMED}, {"tools": [WEATHER], "tool_choice": "auto"}),
        ("glm-4.7", {"tools": [WEATHER], "tool_choice": "none"}, {}),
        ("glm-4.7", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("glm-4.5-air", {"reasoning_effort": "high"}, {"thinking": {"type": "enabled"}}),
        ("glm-4-plus", {"reasoning_effort": "high"}, {}),
        ("glm-z1-air", {"reasoning_effort": "high"}, {}),
        ("glm-5.2", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ("glm-5.3", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
        ("glm-5.3-flash", {"reasoning_effort": "max"}, {"reasoning_effort": "max"}),
    ],
)
def test_zhipu_gets_its_ranges(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(ZHIPU, model, **fields) == wanted


def test_zhipu_gets_bare_pictures_and_no_empty_messages() -> None:
    bare = {"type": "image_url", "image_url": {"url": PIXEL}}
    data = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}}
    web = {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}}
    text = {"type": "text", "text": "What is it?"}
    made = sent(ZHIPU, "glm-4v", {"role": "user", "content": [text, data, web]}, {"role": "assistant", "content": ""})
    [user, assistant] = made["messages"]
    assert user["content"] == [text, {**bare, "image_url": {"url": PIXEL, "detail": "low"}}, web]
    assert assistant["content"] == " "
    untouched = {"role": "user", "content": [text, web]}
    assert sent(ZHIPU, "glm-4v", untouched)["messages"] == [untouched]


def test_zhipu_gets_a_user_and_schemas_in_words() -> None:
    assert sent(ZHIPU, "glm-4.7", SYSTEM)["messages"] == [{"role": "user", "content": "Be brief."}]
    made = sent(ZHIPU, "glm-4.7", response_format=SCHEMA)
    assert made["response_format"] == {"type": "json_object"}
    assert made["messages"][0]["role"] == "system" and "schema" in made["messages"][0]["content"]


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("moonshot-v1-8k", {"temperature": 1.5, "n": 9}, {"temperature": 1, "n": 5}),
        ("moonshot-v1-8k", {"temperature": 0, "n": 3}, {"temperature": 0, "n": 1}),
        ("moonshot-v1-8k", {"temperature": 0.5, "n": 3}, {"temperature": 0.5, "n": 3}),
        (
            "moonshot-v1-8k",
            {"tools": [WEATHER], "tool_choice": "required"},
            {"tools": [WEATHER], "tool_choice": "auto"},
        ),
        ("moonshot-v1-8k", {"tools": [WEATHER], "tool_choice": "none"}, {"tools": [WEATHER], "tool_choice": "none"}),
        ("moonshot-v1-8k", {"stop": ["A", "B" * 33]}, {"stop": ["A"]}),
        ("moonshot-v1-8k", {"reasoning_effort": "high"}, {}),
        ("kimi-k2.6", {"reasoning_effort": "high", "temperature": 1}, {"thinking": {"type": "enabled"}}),
        ("kimi-k2.6", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("kimi-k3", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        ("kimi-k3", {"reasoning_effort": "medium"}, {"reasoning_effort": "high"}),
    ],
)
def test_moonshot_gets_what_its_models_take(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(MOONSHOT, model, **fields) == wanted


def test_moonshot_gets_the_thoughts_of_calls_back() -> None:
    calls = {"role": "assistant", "content": None, "tool_calls": [call("a", "get_weather", "{}")]}
    made = sent(MOONSHOT, "kimi-k2.6", USER, calls, result("a", "cold"), reasoning_effort="high")
    assert made["messages"][1]["reasoning_content"] == "tool call"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 0, "top_p": 0}, {"temperature": 0.01, "top_p": 0.01}),
        ({"temperature": 2}, {"temperature": 1}),
        ({"stop": "END", "seed": 1, "user": "ada", "logit_bias": {}}, {}),
        ({"reasoning_effort": "high"}, {}),
        ({"tools": [WEATHER], "tool_choice": "required"}, {"tools": [WEATHER], "tool_choice": "auto"}),
        ({"reasoning_split": False}, {"reasoning_split": False}),
        ({"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}),
    ],
)
def test_minimax_gets_what_it_takes(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(MINIMAX, "MiniMax-M2.5", **fields) == {"reasoning_split": True, **wanted}


def test_minimax_old_models_get_schemas_as_texts_and_no_options() -> None:
    odd = {"type": "web_search"}
    bare = {"type": "function", "function": {"name": "now"}}
    asked = {"stream": True, "tools": [WEATHER, odd, bare], "max_completion_tokens": 5}
    made = sent(MINIMAX, "abab6.5s-chat", **asked)
    assert made["stream"] is True and "stream_options" not in made and made["max_tokens"] == 5
    schemas = [tool.get("function", {}).get("parameters") for tool in made["tools"]]
    assert json.loads(schemas[0]) == WEATHER["function"]["parameters"]  # type: ignore[index]
    assert schemas[1:] == [None, '{"type":"object","properties":{}}']
    both = sent(MINIMAX, "MiniMax-M1", max_tokens=4, max_completion_tokens=5)
    assert both == {"max_tokens": 4}
    assert sent(MINIMAX, "MiniMax-M1", tools=[WEATHER], tool_choice="none") == {}


@pytest.mark.parametrize(("effort", "switch"), [("none", "disabled"), ("low", "adaptive"), ("high", "adaptive")])
def test_minimaxs_newest_need_not_think(effort: str, switch: str) -> None:
    made = sent(MINIMAX, "MiniMax-M3", reasoning_effort=effort)
    assert made == {"reasoning_split": True, "thinking": {"type": switch}}


@pytest.mark.parametrize(("model", "sees"), [("MiniMax-M2.7", False), ("MiniMax-M1", False), ("MiniMax-M3", True)])
def test_minimax_sees_with_some_models(model: str, sees: bool) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    message = {"role": "user", "content": [picture]}
    if sees:
        assert sent(MINIMAX, model, message)["messages"] == [message]
    else:
        with pytest.raises(CannotCarry, match=f"{model} reads text only"):
            sent(MINIMAX, model, message)


def test_minimax_knows_schemas_in_one_model() -> None:
    assert sent(MINIMAX, "MiniMax-Text-01", response_format=SCHEMA) == {"response_format": SCHEMA}
    made = sent(MINIMAX, "MiniMax-M2.5", response_format=SCHEMA)
    assert "response_format" not in made and made["messages"][0]["role"] == "system"


def test_baichuan_gets_few_words() -> None:
    asked = {"temperature": 2, "top_p": 1, "n": 2, "stop": "A", "max_completion_tokens": 5, "user": "ada"}
    assert sent(BAICHUAN, "Baichuan4", **asked) == {"temperature": 1, "top_p": 0.99, "max_tokens": 5}
    roles = [one["role"] for one in sent(BAICHUAN, "Baichuan2-Turbo", SYSTEM, USER)["messages"]]
    assert roles == ["user", "user"]
    made = sent(BAICHUAN, "Baichuan2-Turbo", response_format=SCHEMA)
    assert [one["role"] for one in made["messages"]] == ["user", "user"]
    assert sent(BAICHUAN, "Baichuan4", SYSTEM, USER)["messages"] == [SYSTEM, USER]


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("step-3.7-flash", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        ("step-3.5-flash-2603", {"reasoning_effort": "medium"}, {"reasoning_effort": "high"}),
        ("step-3", {"reasoning_effort": "medium"}, {}),
        ("step-3", {"user": "a" * 40}, {"user": "a" * 32}),
        ("step-2-16k", {"stream": True, "tools": [WEATHER]}, {"stream": False, "tools": [WEATHER]}),
        ("step-2-16k", {"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}),
    ],
)
def test_stepfun_gets_what_its_models_take(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(STEPFUN, model, **fields) == wanted


def test_360_does_not_stream_when_there_are_tools() -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}, "tools": [WEATHER], "temperature": 2}
    assert sent(AI360, "360gpt-pro", **asked) == {"stream": False, "tools": [WEATHER], "temperature": 1}


def test_yi_gets_its_ranges() -> None:
    asked = {"temperature": 2, "top_p": 1, "max_completion_tokens": 5}
    assert sent(YI, "yi-lightning", **asked) == {"temperature": 1.99, "top_p": 0.99, "max_tokens": 5}


@pytest.mark.parametrize(
    ("channel_type", "model", "base_url", "url"),
    [
        (ZHIPU, "glm-5", "https://open.bigmodel.cn", "https://open.bigmodel.cn/api/paas/v4/chat/completions"),
        (ZHIPU, "glm-5", "https://api.z.ai/api/coding/paas/v4", "https://api.z.ai/api/coding/paas/v4/chat/completions"),
        (DOUBAO, "ep-1", "https://ark.example/api/coding/v3", "https://ark.example/api/coding/v3/chat/completions"),
        (DOUBAO, "bot-1", "https://ark.example", "https://ark.example/api/v3/bots/chat/completions"),
        (DOUBAO, "bot-1", "https://ark.example/api/v3", "https://ark.example/api/v3/bots/chat/completions"),
        (MINIMAX, "abab6.5s-chat", "https://api.minimax.chat", "https://api.minimax.chat/v1/text/chatcompletion_v2"),
        (MINIMAX, "MiniMax-M2", "https://api.minimaxi.com", "https://api.minimaxi.com/v1/chat/completions"),
        (MINIMAX, "MiniMax-M3", "https://api.minimax.io/v1", "https://api.minimax.io/v1/chat/completions"),
        (
            STEPFUN,
            "step-3",
            "https://api.stepfun.com/step_plan",
            "https://api.stepfun.com/step_plan/v1/chat/completions",
        ),
        (AI360, "360gpt-pro", "https://ai.360.cn", "https://ai.360.cn/v1/chat/completions"),
        (
            QIANFAN,
            "ernie-3.5-8k",
            "https://qianfan.baidubce.com/v2",
            "https://qianfan.baidubce.com/v2/chat/completions",
        ),
    ],
)
def test_addresses(channel_type: int, model: str, base_url: str, url: str) -> None:
    key = KEYS.get(channel_type, "fake-id.fake-secret")
    assert through_row(channel_type, chat(), model, base_url=base_url, key=key).url == url


PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://p.example/a.png"}}]}


def test_360s_own_models_read_text_and_get_schemas_in_words() -> None:
    made = sent(AI360, "360gpt-pro", response_format=SCHEMA, reasoning_effort="high")
    assert set(made) == {"messages"}
    assert '{"type":"object"}' in made["messages"][0]["content"]
    others = sent(AI360, "z-ai/glm-5.3", PICTURE, response_format=SCHEMA, reasoning_effort="high")
    assert others == {"messages": [PICTURE], "response_format": SCHEMA, "reasoning_effort": "high"}
    assert sent(AI360, "360gpt-pro", tools=[WEATHER], stream=True) == {"tools": [WEATHER], "stream": False}


@pytest.mark.parametrize(
    ("channel_type", "model"), [(AI360, "360gpt-pro"), (BAICHUAN, "Baichuan4-Turbo"), (YI, "yi-lightning")]
)
def test_pictures_are_refused_where_models_read_text_only(channel_type: int, model: str) -> None:
    with pytest.raises(CannotCarry, match="reads text only"):
        sent(channel_type, model, PICTURE)


def test_yi_has_no_json_mode_and_its_first_seeing_model_no_system() -> None:
    made = sent(YI, "yi-vl-plus", SYSTEM, PICTURE, response_format={"type": "json_object"}, reasoning_effort="low")
    assert [one["role"] for one in made["messages"]] == ["user", "user"]
    assert made["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one valid JSON object")
    assert set(made) == {"messages"}
    assert sent(YI, "yi-vision-v2", SYSTEM, PICTURE) == {"messages": [SYSTEM, PICTURE]}


def test_fastgpt_says_that_an_app_has_its_own_tools() -> None:
    with pytest.raises(CannotCarry, match="FastGPT app uses its own tools"):
        sent(FASTGPT, "any", tools=[WEATHER])
    made = sent(FASTGPT, "any", tools=[WEATHER], tool_choice="none", response_format=SCHEMA)
    assert [one["role"] for one in made.pop("messages")] == ["system", "user"]
    assert made == {}
