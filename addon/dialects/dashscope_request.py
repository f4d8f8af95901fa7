"""Chat requests as requests to DashScope: the messages with `parameters` beside them.

Facts: help.aliyun.com/en/model-studio/qwen-api-via-dashscope. Must not know replies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from addon.canon.dialogue import (
    CallSite,
    answered_calls,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.plain_turns import plain_turn, turn_of
from addon.canon.request import (
    Audio,
    CannotCarry,
    ChatRequest,
    File,
    Image,
    Message,
    Part,
    RefusalText,
    Text,
    Tool,
)
from addon.canon.texts import text_of
from addon.canon.turns import says_something
from addon.dialects.dashscope_access import MULTIMODAL, STREAM, TEXT, outbound
from addon.dialects.dashscope_models import NO_EFFORT, Abilities, abilities, thinking

Json = dict[str, Any]
PROVIDER = "DashScope"
CHOICES = 4
TOP_LOGPROBS = 5
HOTTEST = 1.99
TOP_P = (0.0001, 0.9999)
"""Older models refuse both ends of the range."""
SEED_MASK = 0x7FFFFFFF
SWITCHES = (
    "enable_search",
    "search_options",
    "enable_thinking",
    "thinking_budget",
    "preserve_thinking",
    "repetition_penalty",
    "enable_code_interpreter",
    "enable_text_image_mixed",
    "vl_high_resolution_images",
    "ocr_options",
    "translation_options",
    "asr_options",
)
"""DashScope's own parameters, as clients of its compatible mode send them."""
SOUNDS = {"mp3": "mpeg"}


def build(request: ChatRequest, target: Target) -> Outbound:
    able = abilities(target.model)
    document = chat_document(request, target, able)
    extra = STREAM if streams(request, able) else ()
    return outbound(target, MULTIMODAL if multimodal(request, target, able) else TEXT, document, extra)


def streams(request: ChatRequest, able: Abilities) -> bool:
    return request.stream or able.must_stream(thinks(request))


def multimodal(request: ChatRequest, target: Target, able: Abilities) -> bool:
    """Which of the two services has the model. The channel's config may say it of models that we do not know."""
    told = target.config.get("api", "").strip().lower()
    if told:
        return told == "multimodal"
    seen = any(isinstance(part, Image | Audio) for message in request.messages for part in message.parts)
    return able.multimodal or seen


def thinks(request: ChatRequest) -> bool | None:
    """Whether the model shall think; None: nothing was said about it."""
    if request.reasoning_effort:
        return request.reasoning_effort not in NO_EFFORT
    asked = request.body.get("enable_thinking")
    return asked if isinstance(asked, bool) else None


def chat_document(request: ChatRequest, target: Target, able: Abilities) -> Json:
    """The body. Raises CannotCarry for content that DashScope does not take."""
    refuse_foreign(request, PROVIDER)
    most = 1 if request.tools else CHOICES
    if request.n > most:
        raise CannotCarry("n", f"{PROVIDER} gives at most {CHOICES} answers per request, and one if there are tools.")
    senses = multimodal(request, target, able)
    parameters: Json = {} if senses else {"result_format": "message"}
    parameters |= {name: request.body[name] for name in SWITCHES if request.body.get(name) is not None}
    parameters |= dict(how_to_answer(request, able))
    parameters |= dict(sampling(request))
    parameters |= dict(tools(request))
    return {
        "model": able.name,
        "input": {"messages": messages(request, target, senses)},
        "parameters": parameters,
    }


def how_to_answer(request: ChatRequest, able: Abilities) -> Iterator[tuple[str, Any]]:
    if streams(request, able):
        yield "incremental_output", able.increments
    if able.searches:
        yield "enable_search", True
    if request.reasoning_effort:
        yield from thinking(request.reasoning_effort).items()
    if has_json_mode(request):
        yield "response_format", {"type": "json_object"}


def has_json_mode(request: ChatRequest) -> bool:
    """It excludes thinking. Schemas are told in words: only some models take them otherwise."""
    return request.response_format.kind != "text" and not thinks(request)


def sampling(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    """What there is to tune; frequency penalties, biases and the user's name have no place."""
    if request.temperature is not None:
        yield "temperature", min(max(request.temperature, 0), HOTTEST)
    if request.top_p is not None:
        yield "top_p", min(max(request.top_p, TOP_P[0]), TOP_P[1])
    if request.top_k:
        yield "top_k", request.top_k
    if request.max_tokens:
        yield "max_tokens", request.max_tokens
    if request.n > 1:
        yield "n", request.n
    if any(request.stop):
        yield "stop", [stop for stop in request.stop if stop]
    if request.seed is not None:
        yield "seed", request.seed & SEED_MASK
    if request.presence_penalty is not None:
        yield "presence_penalty", min(max(request.presence_penalty, -2), 2)
    if request.logprobs:
        yield "logprobs", True
        yield "top_logprobs", min(request.top_logprobs or 0, TOP_LOGPROBS)


def tools(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    """A call can be forced by name only, and not from a model that thinks."""
    if not request.tools:
        return
    yield "tools", [tool_document(tool) for tool in request.tools]
    if request.parallel_tool_calls is not None:
        yield "parallel_tool_calls", request.parallel_tool_calls
    choice = request.tool_choice
    if choice is None:
        return
    forced = choice.name or (request.tools[0].name if choice.mode == "required" and len(request.tools) == 1 else "")
    if forced and not thinks(request):
        yield "tool_choice", {"type": "function", "function": {"name": forced}}
    else:
        yield "tool_choice", "none" if choice.mode == "none" else "auto"


def tool_document(tool: Tool) -> Json:
    parameters = dict(tool.parameters) or {"type": "object", "properties": {}}
    described = {"description": tool.description} if tool.description else {}
    return {"type": "function", "function": {"name": tool.name, **described, "parameters": parameters}}


def messages(request: ChatRequest, target: Target, senses: bool) -> list[Json]:
    system, rest = split_system(request.messages, target.system_prompt)
    system = "\n\n".join(filter(None, (system, instruction(request))))
    answered = answered_calls(rest)
    turns = [turn(message, answered, senses) for message in rest if says_something(message)]
    if not turns:
        raise nothing_to_say(PROVIDER)
    return [{"role": "system", "content": [{"text": system}] if senses else system}, *turns] if system else turns


def instruction(request: ChatRequest) -> str:
    """What the JSON mode needs to be told: it is refused where nobody speaks of JSON."""
    wanted = request.response_format
    mentioned = any("json" in message.text.lower() for message in request.messages)
    return "" if wanted.kind == "json_object" and mentioned and has_json_mode(request) else json_instruction(wanted)


def turn(message: Message, answered: Mapping[str, CallSite], senses: bool) -> Json:
    """One message. With senses its content is a list of parts, else a text."""
    if not senses:
        return plain_turn(message, answered, PROVIDER)
    content = [part_document(part, f"{message.param}.content[{at}]") for at, part in enumerate(message.parts)]
    return turn_of(message, answered, content)


def part_document(part: Part, param: str) -> Json:
    match part:
        case Text(text) | RefusalText(text):
            return {"text": text}
        case Image(url):
            return {"image": url}
        case Audio(data, format):
            return {"audio": f"data:audio/{SOUNDS.get(format, format)};base64,{data}"}
        case File():
            return file_document(part, param)
        case _:
            assert_never(part)


def file_document(file: File, param: str) -> Json:
    """Pictures, sounds and films may come as files; documents only as text."""
    kind = file.media_type.partition("/")[0]
    if kind in ("image", "audio", "video") and file.data:
        return {kind: f"data:{file.media_type};base64,{file.data}"}
    return {"text": text_of(file, param, PROVIDER)}
