"""Named edits of requests for the Chinese makers of models, as `openai_edits` has them for others; their clouds are in
`openai_edits_clouds`.

Facts: each provider's own documentation, November 2026. Must not know replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects import openai_fitting as fit
from addon.dialects.openai_fitting import Body
from addon.dialects.openai_splice import DROP, DocumentEdit, Renamed, dumps

GLM = re.compile(r"glm-(\d+)(?:\.(\d+))?", re.IGNORECASE)
GLM_EFFORTS = {"none": "low", "minimal": "low", "low": "low", "medium": "high", "high": "high", "xhigh": "max"}
USER_LENGTHS = range(6, 129)
"""How long a `user_id` may be at Zhipu; a shorter one is an error."""

KIMI_EFFORTS = {**GLM_EFFORTS, "max": "max"}
KIMI_THINKS = re.compile(r"kimi-k(2\.[5-9]|[3-9])")

MINIMAX_BLIND = ("MiniMax-M1", "MiniMax-M2")
MINIMAX_NEW = ("MiniMax-M2", "MiniMax-M3")
"""Models of the OpenAI-compatible API. The others have their schemas of tools as texts, and no `stream_options`."""

STEP_EFFORTS = {"none": "low", "minimal": "low", "low": "low", "medium": "medium", "high": "high"}
STEP_EFFORTS |= {"xhigh": "high", "max": "high"}
STEP_LEVELS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("step-3.7", STEP_EFFORTS),
    ("step-5", STEP_EFFORTS),
    ("step-3.5-flash-2603", {**STEP_EFFORTS, "medium": "high"}),
)

STEP_USER = 32
STEP_OLD = ("step-1", "step-2")
"""Models that cannot stream when they have tools."""


def zhipu(body: Body, target: Target, edit: DocumentEdit) -> None:
    """GLM: open ranges, one stop sequence, tools by its own choice. As Zhipu's SDK does it, where that does it."""
    temperature, top_p = fit.number(body, "temperature"), fit.number(body, "top_p")
    if temperature is not None and temperature <= 0:
        edit.top.update(do_sample=False, temperature=0.01)
    elif temperature is not None and temperature >= 1:
        edit.top["temperature"] = 0.99
    if top_p is not None and not 0 < top_p < 1:
        edit.top["top_p"] = 0.99 if top_p >= 1 else 0.01
    if "stop" in body:
        edit.top["stop"] = fit.stops(body)[:1] or DROP
    user = body.get("user")
    if user is not None:
        edit.top["user"] = Renamed("user_id") if isinstance(user, str) and len(user) in USER_LENGTHS else DROP
    fit.only_auto(body, edit)
    fit.plain_json(body, edit)
    fit.no_empty_answers(body, edit)
    fit.someone_asks(body, edit)
    _bare_images(body, edit)
    _glm_effort(body, target.model, edit)


def _glm_effort(body: Body, model: str, edit: DocumentEdit) -> None:
    found = GLM.match(model)
    version = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
    if version < (4, 5):
        fit.drop(body, edit, "reasoning_effort")
    elif version < (5, 2):
        fit.thinking_switch(body, edit)
    elif version >= (5, 3):
        # It always thinks: a wish to switch that off is refused.
        fit.efforts(body, edit, {**GLM_EFFORTS, "max": "max"})


def _bare_images(body: Body, edit: DocumentEdit) -> None:
    """Images as base64 without the head of a data URL: the older models know nothing else."""
    for index, message in fit.messages(body):
        parts = message.get("content")
        if isinstance(parts, list) and any(_data_url(part) for part in parts):
            edit.message(index)["content"] = [_bare(part) for part in parts]


def _data_url(part: Any) -> str:
    holder = part.get("image_url") if isinstance(part, dict) else None
    url = holder.get("url") if isinstance(holder, dict) else None
    return url if isinstance(url, str) and url.startswith("data:image/") else ""


def _bare(part: Any) -> Any:
    url = _data_url(part)
    return {**part, "image_url": {**part["image_url"], "url": url.partition(",")[2]}} if url else part


def moonshot(body: Body, target: Target, edit: DocumentEdit) -> None:
    """What every model of Moonshot's asks; the thinking ones ask more, see `kimi`."""
    temperature, several = fit.number(body, "temperature"), fit.number(body, "n")
    if several is not None and several > 1 and temperature is not None and temperature < 0.01:
        edit.top["n"] = 1
    fit.whole_schemas(body, edit)
    if body.get("tool_choice") == "required":
        edit.top["tool_choice"] = "auto"
    fit.fewer_stops(body, edit, most=5, longest=32)
    fit.no_empty_answers(body, edit)
    fit.someone_asks(body, edit)
    if target.model.startswith("kimi-k3"):
        fit.efforts(body, edit, KIMI_EFFORTS)
    elif KIMI_THINKS.match(target.model):
        fit.thinking_switch(body, edit)
    else:
        fit.drop(body, edit, "reasoning_effort")


def minimax(body: Body, target: Target, edit: DocumentEdit) -> None:
    """The newer models split their thoughts from the text if asked, and the newest need not think; the older have an
    API of their own. https://platform.minimax.io/docs/api-reference/text-openai-api"""
    fit.only_auto(body, edit)
    if target.model.startswith("MiniMax-M3"):
        fit.thinking_switch(body, edit, on="adaptive")
    else:
        fit.drop(body, edit, "reasoning_effort")
    if target.model.startswith(MINIMAX_BLIND):
        fit.text_only(body, target.model)
    if not target.model.startswith("MiniMax-Text"):
        fit.plain_json(body, edit, mode=False)
    if target.model.startswith(MINIMAX_NEW):
        if "reasoning_split" not in body:
            edit.top["reasoning_split"] = True
        return
    fit.drop(body, edit, "stream_options")
    if "max_completion_tokens" in body:
        edit.top["max_completion_tokens"] = DROP if "max_tokens" in body else Renamed("max_tokens")
    fit.whole_schemas(body, edit)
    tools = edit.top.get("tools", body.get("tools"))
    if isinstance(tools, list):
        edit.top["tools"] = [_schema_as_text(tool) for tool in tools]


def _schema_as_text(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict):
        return tool
    return {**tool, "function": {**function, "parameters": dumps(function["parameters"])}}


def baichuan(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Its second generation has no system role: those words go to the first user."""
    fit.only_auto(body, edit)
    fit.plain_json(body, edit)
    fit.someone_asks(body, edit)
    fit.text_only(body, "Baichuan")
    if target.model.lower().startswith("baichuan2"):
        fit.no_system(body, edit)


def stepfun(body: Body, target: Target, edit: DocumentEdit) -> None:
    user = body.get("user")
    if isinstance(user, str) and len(user) > STEP_USER:
        edit.top["user"] = user[:STEP_USER]
    levels = next((levels for start, levels in STEP_LEVELS if target.model.startswith(start)), {})
    fit.efforts(body, edit, levels)
    if target.model.startswith(STEP_OLD):
        whole_with_tools(body, target, edit)


def zhinao(body: Body, target: Target, edit: DocumentEdit) -> None:
    """360's own models read text only and have no JSON mode; those of other makers there have what their makers say."""
    whole_with_tools(body, target, edit)
    if not target.model.startswith("360"):
        return
    fit.text_only(body, "360 Zhinao")
    fit.plain_json(body, edit, mode=False)
    fit.drop(body, edit, "reasoning_effort")


def yi(body: Body, target: Target, edit: DocumentEdit) -> None:
    """01.AI: no JSON mode is documented; the first model that sees has no system role."""
    fit.plain_json(body, edit, mode=False)
    if target.model.startswith("yi-vl"):
        fit.no_system(body, edit)
    if "vision" not in target.model and "-vl" not in target.model:
        fit.text_only(body, f"01.AI's {target.model}")


def fastgpt(body: Body, target: Target, edit: DocumentEdit) -> None:
    """An app decides about its model, its tools and their knobs: of a request it takes the messages.
    https://doc.fastgpt.io/en/docs/openapi/chat"""
    if body.get("tools") and body.get("tool_choice") != "none":
        raise CannotCarry("tools", "A FastGPT app uses its own tools; leave out tools, or set tool_choice to none.")
    fit.drop(body, edit, "tools", "tool_choice")
    fit.plain_json(body, edit, mode=False)


def whole_with_tools(body: Body, target: Target, edit: DocumentEdit) -> None:
    """A provider that cannot stream when there are tools; our face makes a stream of the whole reply."""
    if body.get("tools") and body.get("stream"):
        edit.top["stream"] = False
        fit.drop(body, edit, "stream_options")


EDITS_CHINA = {
    "zhipu": zhipu,
    "moonshot": moonshot,
    "minimax": minimax,
    "baichuan": baichuan,
    "stepfun": stepfun,
    "zhinao": zhinao,
    "yi": yi,
    "fastgpt": fastgpt,
}
