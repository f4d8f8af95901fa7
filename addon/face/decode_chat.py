"""A chat request as a typed view over the client's document. Must not know providers."""

from __future__ import annotations

from addon.canon.request import ChatRequest
from addon.face.bad_request import BadRequest
from addon.face.decode_messages import decode_messages
from addon.face.decode_tools import decode_response_format, decode_tool_choice, decode_tools
from addon.face.fields import Json, Object, flag, integer, mapping, number, text, texts, wrong_type

MOST_TOKENS = (2**31 - 1) // 2
"""One API's bound (facts A7.7)."""


def decode_chat(body: Object, raw: bytes, model: str) -> ChatRequest:
    """The view. Raises BadRequest for a known field of the wrong type; unknown fields stay in `body`."""
    foreign: list[str] = []
    return ChatRequest(
        body=body,
        raw=raw,
        model=model,
        max_tokens=decode_max_tokens(body),
        messages=decode_messages(body, foreign),
        stream=flag(body, "stream") or False,
        include_usage=decode_include_usage(body),
        tools=decode_tools(body, foreign),
        tool_choice=decode_tool_choice(body, foreign),
        parallel_tool_calls=flag(body, "parallel_tool_calls"),
        temperature=number(body, "temperature", low=0),
        top_p=number(body, "top_p", low=0, high=1),
        top_k=integer(body, "top_k"),
        n=decode_n(body),
        stop=_stop(body),
        seed=integer(body, "seed"),
        presence_penalty=number(body, "presence_penalty"),
        frequency_penalty=number(body, "frequency_penalty"),
        logprobs=flag(body, "logprobs") or False,
        top_logprobs=integer(body, "top_logprobs", low=0),
        response_format=decode_response_format(body, foreign),
        reasoning_effort=text(body, "reasoning_effort"),
        modalities=texts(body, "modalities"),
        user=text(body, "user") or "",
        service_tier=text(body, "service_tier") or "",
        foreign=tuple(foreign),
    )


def decode_max_tokens(body: Object) -> int | None:
    """`max_completion_tokens`, or the older `max_tokens`."""
    found = None
    for name in ("max_tokens", "max_completion_tokens"):
        value = integer(body, name)
        if value is not None and not 0 <= value <= MOST_TOKENS:
            raise BadRequest(name, f"{name} is invalid")
        found = found if value is None else value
    return found


def decode_include_usage(body: Object) -> bool:
    """Whether a stream is to end with its usage."""
    options = mapping(body, "stream_options") or {}
    return flag(options, "include_usage", "stream_options") or False


def decode_n(body: Object) -> int:
    """How many choices; 128 is OpenAI's bound."""
    return integer(body, "n", low=1, high=128) or 1


def _stop(body: Object) -> tuple[str, ...]:
    stop: Json = body.get("stop")
    if stop is None:
        return ()
    if isinstance(stop, str):
        return (stop,)
    if not isinstance(stop, list):
        raise wrong_type("stop", "a string or an array of strings", stop)
    return texts(body, "stop")
