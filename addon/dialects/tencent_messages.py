"""An OpenAI conversation as Tencent Cloud's chat takes it: its names, its turns, its tools.

The names are those of Tencent's SDK (`tencentcloud.hunyuan.v20230901.models`). Must not know addresses nor replies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    answered_calls,
    compact,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.outbound import Target
from addon.canon.request import (
    CannotCarry,
    ChatRequest,
    Image,
    Message,
    Part,
    RefusalText,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
)
from addon.canon.turns import alternating, unanswerable

Json = dict[str, Any]
NO_EFFORT = ("none", "minimal")
LARGEST_SEED = 10_000
SWITCHES = {
    "enable_enhancement": "EnableEnhancement",
    "force_search_enhancement": "ForceSearchEnhancement",
    "enable_speed_search": "EnableSpeedSearch",
    "enable_deep_search": "EnableDeepSearch",
    "enable_thinking": "EnableThinking",
    "search_info": "SearchInfo",
    "citation": "Citation",
    "stream_moderation": "StreamModeration",
}
"""Tencent's own switches, as its OpenAI-compatible hosts write them -> as they are called here."""


def chat_document(request: ChatRequest, target: Target) -> Json:
    """The body of ChatCompletions. Raises CannotCarry for content that Hunyuan does not take."""
    refuse_foreign(request, "Tencent Hunyuan")
    if request.n > 1:
        raise CannotCarry("n", "Tencent Hunyuan gives one answer per request; leave n out or set it to 1.")
    document: Json = {
        "Model": target.model,
        "Messages": messages(request, target),
        "Stream": request.stream,
        **dict(sampling(request)),
        **dict(tools(request)),
    }
    for ours, theirs in SWITCHES.items():
        if isinstance(request.body.get(ours), bool):
            document[theirs] = request.body[ours]
    return document


def sampling(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    """What there is to tune; Hunyuan has no limit of length and no penalties."""
    if request.temperature is not None:
        yield "Temperature", min(max(request.temperature, 0), 2)
    if request.top_p is not None:
        yield "TopP", min(max(request.top_p, 0), 1)
    if request.stop:
        yield "Stop", list(request.stop)
    if request.seed is not None:
        yield "Seed", (request.seed - 1) % LARGEST_SEED + 1
    if request.reasoning_effort:
        # Only hunyuan-a13b looks at it.
        yield "EnableThinking", request.reasoning_effort not in NO_EFFORT


def messages(request: ChatRequest, target: Target) -> list[Json]:
    system, rest = split_system(request.messages, target.system_prompt)
    system = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    answered = answered_calls(rest)
    for message in rest:
        if message.role in RESULT_ROLES and message.param not in answered:
            raise unanswerable(message)
    turns = [turn(one, answered[one.param].call.id if one.param in answered else "") for one in alternating(rest)]
    if not turns:
        raise nothing_to_say("Tencent Hunyuan")
    return [{"Role": "system", "Content": system}, *turns] if system else turns


def turn(message: Message, answers: str) -> Json:
    """One message; `answers` is the id of the call that it is the result of."""
    if message.role in RESULT_ROLES:
        return {"Role": "tool", "Content": message.text or " ", "ToolCallId": answers}
    if message.role != "assistant":
        return {"Role": "user", **content(message)}
    text = "".join(spoken(part, message.param) for part in message.parts)
    calls = [tool_call(call, position) for position, call in enumerate(message.tool_calls)]
    return {"Role": "assistant", "Content": text, **({"ToolCalls": calls} if calls else {})}


def content(message: Message) -> Json:
    """A text, or a list of parts where one of them is a picture."""
    parts = [part_of(part, f"{message.param}.content[{at}]") for at, part in enumerate(message.parts)]
    if all(part["Type"] == "text" for part in parts):
        return {"Content": "".join(part["Text"] for part in parts)}
    return {"Contents": parts}


def part_of(part: Part, param: str) -> Json:
    match part:
        case Text(text) | RefusalText(text):
            return {"Type": "text", "Text": text}
        case Image():
            return {"Type": "image_url", "ImageUrl": {"Url": part.url}}
        case _:
            raise CannotCarry(param, "Tencent Hunyuan takes text and images here; send the content as text.")


def spoken(part: Part, param: str) -> str:
    if isinstance(part, Text | RefusalText):
        return part.text
    raise CannotCarry(param, "Tencent Hunyuan takes only text of the assistant; move the rest into a user message.")


def tool_call(call: ToolCall, position: int) -> Json:
    return {
        "Id": call.id,
        "Type": "function",
        "Function": {"Name": call.name, "Arguments": call.arguments},
        "Index": position,
    }


def tools(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    if not request.tools:
        return
    yield "Tools", [tool_of(tool) for tool in request.tools]
    choice = request.tool_choice or ToolChoice("auto")
    forced = [tool for tool in request.tools if choice.mode == "named" and tool.name == choice.name]
    if choice.mode == "required" and len(request.tools) == 1:
        forced = list(request.tools)
    if forced:
        yield "ToolChoice", "custom"
        yield "CustomTool", tool_of(forced[0])
    elif request.tool_choice is not None:
        yield "ToolChoice", "none" if choice.mode == "none" else "auto"


def tool_of(tool: Tool) -> Json:
    """A function; its schema is a text there."""
    parameters = compact(tool.parameters or {"type": "object", "properties": {}})
    description = {"Description": tool.description} if tool.description else {}
    return {"Type": "function", "Function": {"Name": tool.name, "Parameters": parameters, **description}}
