"""What to reserve for a request, and what is due for an exchange. Pure.

Usage where the provider tells it, else counted or guessed by the figures below, and then flagged as estimated.
Must not know the ledger, channels or mitmproxy. Quota is an integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from addon.canon.endpoint import Endpoint
from addon.canon.events import Usage
from addon.canon.request import (
    ChatRequest,
    CompletionRequest,
    FormRequest,
    ImageRequest,
    RawRequest,
    RealtimeRequest,
    Request,
    RerankRequest,
    SpeechRequest,
)
from rules.charging import Measure, charge, unit_of
from rules.pictures import picture_tokens
from rules.pricing import Cost, Tokens, estimate, token_cost
from rules.values import Price

PICTURES = (Endpoint.IMAGES, Endpoint.IMAGE_EDITS, Endpoint.IMAGE_VARIATIONS)
UNITS: Mapping[Endpoint, str] = {
    **dict.fromkeys(PICTURES, "image"),
    Endpoint.SPEECH: "character",
    Endpoint.TRANSCRIPTIONS: "second",
    Endpoint.TRANSLATIONS: "second",
    Endpoint.RERANK: "search",
}
"""How the endpoints are paid where the model's price does not say; all others by the token."""

DOCUMENTS_PER_SEARCH = 100
"""Cohere's unit: a query with up to 100 documents."""
BYTES_PER_SECOND = 4000
"""Of an upload whose length we do not know: 32 kbit/s, what speech is usually packed to. Wrong at most for the hold."""
HEARD_PER_SECOND = 10
"""Audio tokens of a second that is heard (OpenAI)."""
SPOKEN_PER_SECOND = 125 / 6
"""Audio tokens of a second that is spoken: what makes OpenAI's price of a token that of a second."""
LETTERS_PER_SECOND = 15
IDEOGRAMS_PER_SECOND = 4.5
TEXT_TOKENS_PER_SECOND = 10 / 3
"""An ordinary voice."""
HELD_SECONDS = 60
"""A conversation is held for so long a talk of each side at first, and for as much again whenever it has used that."""
SEEN_PER_PICTURE = 1056
"""Tokens of a picture that is to be changed: one of medium quality."""


def reserved(price: Price, request: Request, prompt_tokens: int, pre_consumed: int) -> int:
    """The quota to set aside: what the request may cost at most, as far as that can be known."""
    if isinstance(request, ChatRequest | CompletionRequest):
        best_of = getattr(request, "best_of", 1)
        return estimate(price, prompt_tokens, (request.max_tokens or 0) * max(request.n, best_of), pre_consumed)
    if isinstance(request, RealtimeRequest):
        return token_cost(price, talk(HELD_SECONDS)).quota
    if request.endpoint not in UNITS:
        return estimate(price, prompt_tokens, 0, pre_consumed)
    return charge(price, expected(request, prompt_tokens)).quota


def due(price: Price, request: Request, usage: Usage, estimated: bool) -> tuple[Cost, bool]:
    """What the exchange costs, and whether that rests on an estimate. `estimated`: the tokens of `usage` do."""
    if isinstance(request, RawRequest):
        return Cost(0, {}, f"{request.method} {request.path}"), False
    if isinstance(request, RealtimeRequest):
        return token_cost(price, _tokens(usage, drawn=False)), estimated and bool(usage.prompt or usage.completion)
    found = used(request, usage, estimated)
    measure = found if not estimated else replace(found, tokens=guessed(request, usage))
    told = unit_of(price, measure) in _told(request, usage, estimated)
    return charge(price, measure), not told


def talk(seconds: float) -> Tokens:
    """The tokens of a conversation in which both sides speak for so long."""
    heard, spoken = round(seconds * HEARD_PER_SECOND), round(seconds * SPOKEN_PER_SECOND)
    return Tokens(prompt=heard, audio_prompt=heard, completion=spoken, audio_completion=spoken)


def with_transcripts(cost: Cost, transcripts: Iterable[tuple[Price, Usage]]) -> Cost:
    """The cost of a conversation together with that of the models that wrote down what was heard."""
    found = []
    for price, usage in transcripts:
        count = {} if usage.seconds is None else {"second": usage.seconds}
        found.append(charge(price, Measure("token", tokens=_tokens(usage, drawn=False), count=count)))
    if not found:
        return cost
    quota = cost.quota + sum(one.quota for one in found)
    computation = {**cost.computation, "transcripts": [dict(one.computation) for one in found], "quota": quota}
    return Cost(quota, computation, cost.text)


def expected(request: Request, prompt_tokens: int) -> Measure:
    """What a request is going to use."""
    seconds = max(1.0, _upload_bytes(request) / BYTES_PER_SECOND)
    likely = Usage(prompt=prompt_tokens, completion=0, seconds=seconds)
    return replace(used(request, likely, True), tokens=guessed(request, likely))


def used(request: Request, usage: Usage, estimated: bool) -> Measure:
    """What an exchange has used. A transcript without times is as long as it takes to say its text (A9.47: its tokens
    at the model's ratio)."""
    count: dict[str, float] = {}
    match request:
        case ImageRequest() | FormRequest() if request.endpoint in PICTURES:
            count["image"] = request.n if usage.images is None else usage.images
            return Measure(
                "image", tokens=_tokens(usage, drawn=True), count=count, size=request.size, quality=request.quality
            )
        case SpeechRequest():
            count["character"] = len(request.input) if usage.characters is None else usage.characters
        case FormRequest():
            said = (usage.completion or 0) / TEXT_TOKENS_PER_SECOND
            count["second"] = said if usage.seconds is None else usage.seconds
            if usage.seconds is None and not estimated:
                return Measure("token", tokens=_tokens(usage, drawn=False), count=count)
        case RerankRequest():
            count["search"] = usage.searches or -(-len(request.documents) // DOCUMENTS_PER_SEARCH)
            if usage.searches is None and not estimated:
                return Measure("token", tokens=_tokens(usage, drawn=False), count=count)
        case _:
            pass
    unit = UNITS.get(request.endpoint)
    return Measure(unit or "token", fixed=unit is None, tokens=_tokens(usage, drawn=False), count=count)


def guessed(request: Request, usage: Usage) -> Tokens:
    """The tokens of what a provider did not count, for models that are paid by them."""
    tokens = _tokens(usage, drawn=False)
    match request:
        case ImageRequest() | FormRequest() if request.endpoint in PICTURES:
            number = request.n if usage.images is None else usage.images
            drawn = number * picture_tokens(request.size, request.quality)
            seen = SEEN_PER_PICTURE * _pictures_in(request)
            return replace(
                tokens, prompt=tokens.prompt + seen, image_prompt=seen, completion=drawn, image_completion=drawn
            )
        case SpeechRequest():
            spoken = round(speaking_seconds(request.input) * SPOKEN_PER_SECOND)
            return replace(tokens, completion=spoken, audio_completion=spoken)
        case FormRequest():
            seconds = usage.seconds
            if seconds is None:
                seconds = (usage.completion or 0) / TEXT_TOKENS_PER_SECOND
            heard = round(seconds * HEARD_PER_SECOND)
            said = usage.completion or round(seconds * TEXT_TOKENS_PER_SECOND)
            return replace(tokens, prompt=tokens.prompt + heard, audio_prompt=heard, completion=said)
        case _:
            return tokens


def speaking_seconds(text: str) -> float:
    """How long it takes to say this."""
    ideograms = sum("\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" for letter in text)
    return ideograms / IDEOGRAMS_PER_SECOND + (len(text) - ideograms) / LETTERS_PER_SECOND


def _told(request: Request, usage: Usage, estimated: bool) -> set[str]:
    """The units whose number is known, by the provider or from the request itself."""
    told = {"character"} | (set() if estimated else {"token"})
    for unit, count in (("image", usage.images), ("second", usage.seconds), ("search", usage.searches)):
        if count is not None:
            told.add(unit)
    return told


def _tokens(usage: Usage, drawn: bool) -> Tokens:
    """Token counts; where pictures are drawn, what is not told apart is pictures."""
    completion = usage.completion or 0
    pictures = usage.image_completion
    return Tokens(
        prompt=usage.prompt or 0,
        completion=completion,
        cached=usage.cached or 0,
        cache_write=usage.cache_write or 0,
        audio_prompt=usage.audio_prompt or 0,
        image_prompt=usage.image_prompt or 0,
        reasoning=usage.reasoning or 0,
        audio_completion=usage.audio_completion or 0,
        image_completion=(completion if drawn else 0) if pictures is None else pictures,
    )


def _pictures_in(request: ImageRequest | FormRequest) -> int:
    if isinstance(request, ImageRequest):
        return len(request.images)
    return sum(part.filename is not None for part in request.parts)


def _upload_bytes(request: Request) -> int:
    if not isinstance(request, FormRequest):
        return 0
    return sum(part.data_end - part.data_start for part in request.parts if part.filename is not None)
