"""Named edits of requests for the Chinese clouds, which serve models of several makers: Ark, SiliconFlow, Qianfan,
Model Studio.

Facts: each provider's own documentation, November 2026. Must not know replies.
"""

from __future__ import annotations

import re
from typing import Any

from addon.canon.outbound import Target
from addon.dialects import openai_fitting as fit
from addon.dialects.dashscope_models import abilities, thinking
from addon.dialects.openai_edits_world import sound
from addon.dialects.openai_fitting import Body
from addon.dialects.openai_splice import DROP, DocumentEdit

DOUBAO_WITH_EFFORT = re.compile(r"doubao-seed-(1-[6-9]|[2-9])")
DOUBAO_SWITCHED = ("doubao-1-5-thinking", "deepseek-", "glm-", "kimi-")
DOUBAO_EFFORTS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium", "high": "high"}
DOUBAO_EFFORTS |= {"xhigh": "high", "max": "high"}

QIANFAN_SWITCHED = re.compile(r"qwen3-\d|ernie-4\.5-(?:turbo-)?vl")
QIANFAN_WITHOUT_EFFORT = ("ernie-", "qwen", "deepseek-r1")

SILICON_WITH_EFFORT = re.compile(r"DeepSeek-V4|GLM-5\.[2-9]")
SILICON_SWITCHED = re.compile(
    r"DeepSeek-V(3\.[12]|[4-9])|GLM-(4\.[5-9]|[5-9])|Qwen3\.[5-9]|Qwen3-(8B|14B|32B|30B-A3B|235B-A22B)$|Hunyuan-A13B"
)
"""Models with the switch `enable_thinking`. https://docs.siliconflow.cn/docs/api/chat-completions-post"""
SILICON_EFFORTS = {**dict.fromkeys(("minimal", "low", "medium", "high"), "high"), "xhigh": "max", "max": "max"}


def doubao(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Ark: one limit of two, few stop sequences and none where a model thinks; an effort, or a switch."""
    model = target.model.lower()
    if "max_tokens" in body and "max_completion_tokens" in body:
        edit.top["max_tokens"] = DROP
    if model.startswith("bot-"):
        fit.clamp(body, edit, "temperature", 0, 1)
    if DOUBAO_WITH_EFFORT.match(model):
        fit.drop(body, edit, "stop")
        fit.efforts(body, edit, DOUBAO_EFFORTS)
        return
    fit.fewer_stops(body, edit, most=4)
    if model.startswith(DOUBAO_SWITCHED):
        fit.thinking_switch(body, edit)
    elif model.startswith("doubao-"):
        fit.drop(body, edit, "reasoning_effort")


def siliconflow(body: Body, target: Target, edit: DocumentEdit) -> None:
    """JSON without a schema; an effort for two models, a switch for some, an error for a switch at any other.
    https://docs.siliconflow.cn/docs/api/chat-completions-post"""
    fit.plain_json(body, edit)
    fit.fewer_stops(body, edit, most=4)
    if SILICON_WITH_EFFORT.search(target.model) and fit.effort(body) != "none":
        fit.efforts(body, edit, SILICON_EFFORTS)
    elif SILICON_SWITCHED.search(target.model):
        fit.thinking_bool(body, edit)
    else:
        fit.drop(body, edit, "reasoning_effort")


def qianfan(body: Body, target: Target, edit: DocumentEdit) -> None:
    """ERNIE's temperature ends at 1 and begins above 0; other models there have their own ranges. Some can be told to
    think, with a switch; ERNIE's thinkers always do. https://cloud.baidu.com/doc/qianfan-docs/s/Wm95lyynv"""
    model = target.model.lower()
    if model.startswith("ernie-"):
        fit.clamp(body, edit, "temperature", 0.01, 1)
    if QIANFAN_SWITCHED.match(model):
        fit.thinking_bool(body, edit)
    elif model.startswith(QIANFAN_WITHOUT_EFFORT):
        fit.drop(body, edit, "reasoning_effort")
    fit.no_empty_answers(body, edit)
    fit.someone_asks(body, edit)


def spelled_out(body: Body, edit: DocumentEdit) -> None:
    """Alibaba takes sound as an address or a data URL, not as bare base64.
    https://help.aliyun.com/zh/model-studio/qwen-omni"""
    for index, message in fit.messages(body):
        parts = message.get("content")
        if isinstance(parts, list) and any(map(is_bare, parts)):
            edit.message(index)["content"] = [with_scheme(part) if is_bare(part) else part for part in parts]


def is_bare(part: Any) -> bool:
    found = sound(part)
    return bool(found) and not found.startswith(("data:", "http:", "https:"))


def with_scheme(part: Any) -> Any:
    return {**part, "input_audio": {**part["input_audio"], "data": f"data:;base64,{sound(part)}"}}


def bailian(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Alibaba's compatible mode: its own switch for thinking, which some models do in streams only."""
    able = abilities(target.model)
    spelled_out(body, edit)
    asked = fit.effort(body)
    thinks = body.get("enable_thinking")
    if asked is not None and not able.takes_effort:
        fit.drop(body, edit, "reasoning_effort")
        if not isinstance(thinks, bool):
            edit.top.update(thinking(asked))
            thinks = edit.top["enable_thinking"]
    if able.searches:
        edit.top.update(model=able.name, enable_search=True)
    if body.get("messages") and not body.get("stream") and able.must_stream(thinks):
        # Our face makes a whole reply of the stream.
        edit.top.update(stream=True, stream_options={"include_usage": True})
    if body.get("tool_choice") == "required":
        edit.top["tool_choice"] = "auto"


EDITS_CLOUDS = {
    "bailian": bailian,
    "doubao": doubao,
    "siliconflow": siliconflow,
    "qianfan": qianfan,
}
