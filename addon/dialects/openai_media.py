"""Replies of OpenAI's further endpoints, whole: transcripts, speech, moderation, ranks; not pictures.

What follows OpenAI's dialect passes as it is; what does not is told in events. Must not know requests' forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import (
    Event,
    Failed,
    Meaning,
    Moderated,
    Passed,
    Scored,
    Segment,
    Sound,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.outbound import Target
from addon.canon.request import FormRequest, ModerationRequest, RerankRequest, SpeechRequest
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_meanings import started, usage_of
from addon.dialects.openai_sound import asked_form

Json = dict[str, Any]
PLAIN_FORMS = ("text", "srt", "vtt")
PIECE = 32 * 1024
_CUE = re.compile(r"--> (?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})")


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """What was said. A reply in the form that the client asked for passes as it is."""
    form = asked_form(request, target.quirks)
    if form in PLAIN_FORMS and not body.lstrip().startswith(b'{"error"'):
        yield Passed(body, tuple(_plain_transcript(body.decode("utf-8", "replace"))))
        return
    document = _object(json.loads(body))
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    if not isinstance(document.get("text"), str):
        raise ValueError("a transcript without text")
    said: list[Meaning] = [transcript(document), *media_usage(document)]
    if form == (request.response_format or form):
        yield Passed(body.strip(), tuple(said))
    else:
        yield from said


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Sound says nothing to the meter, and is told only to a client that wants it as a stream of events; a document in
    its place is an error, or garbage."""
    if not body.lstrip().startswith((b"{", b"[")):
        if request.stream:
            yield from map(Sound, pieces(body))
        return
    fault = fault_in(_object(json.loads(body)))
    if fault is None:
        raise ValueError("a document where sound belongs")
    yield Failed(fault)


def pieces(sound: bytes) -> Iterator[bytes]:
    """The sound in pieces that make events of a usual size."""
    for start in range(0, len(sound), PIECE):
        yield sound[start : start + PIECE]


def read_moderation(request: ModerationRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The verdicts. Raises ValueError if there are none."""
    document = _object(json.loads(body))
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    results = document.get("results")
    if not isinstance(results, list) or not results:
        raise ValueError("a moderation without results")
    said: list[Meaning] = [started(document), *(Moderated(*pair) for pair in enumerate(map(_verdict, results)))]
    said += media_usage(document)
    if document.get("id") and document.get("model") and all("flagged" in result for result in results):
        yield Passed(body.strip(), tuple(said))
    else:
        yield from said


def read_ranks(request: RerankRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The order of the documents. Raises ValueError if there is none."""
    document = _object(json.loads(body))
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    results = document.get("results") or document.get("data")
    if not isinstance(results, list) or not results:
        raise ValueError("a ranking without results")
    said: list[Meaning] = [started(document), *map(_scored, results), *_rank_usage(document)]
    if isinstance(document.get("results"), list) and all("relevance_score" in result for result in results):
        yield Passed(body.strip(), tuple(said))
    else:
        yield from said


def transcript(document: Json) -> Transcript:
    """A transcript's document, plain or verbose."""
    seconds = document.get("duration")
    return Transcript(
        document["text"],
        language=document.get("language") or "",
        seconds=float(seconds) if seconds is not None and _is_number(seconds) else None,
        segments=tuple(_segments(document.get("speaker_segments") or document.get("segments") or (), "text")),
        words=tuple(_segments(document.get("words") or (), "word")),
    )


def media_usage(document: Json) -> Iterator[UsageReported]:
    """Usage under the names that these endpoints give it: input and output tokens, or seconds."""
    told = document.get("usage")
    if not isinstance(told, dict):
        return
    renamed = {
        "prompt_tokens": told.get("input_tokens"),
        "completion_tokens": told.get("output_tokens"),
        **{name: value for name, value in told.items() if value is not None},
    }
    usage = usage_of(renamed)
    of_prompt = _details(told, "input_tokens_details", "input_token_details", "prompt_tokens_details")
    of_completion = _details(told, "output_tokens_details", "output_token_details", "completion_tokens_details")
    heard = _count(of_prompt.get("audio_tokens"))
    prompt = usage.prompt
    if heard and prompt is not None and usage.total == prompt + heard + (usage.completion or 0):
        prompt += heard  # Mistral counts what it heard beside the prompt; in our words it is a part of it.
    yield UsageReported(
        Usage(
            prompt=prompt,
            completion=usage.completion,
            cached=usage.cached,
            audio_prompt=heard,
            audio_completion=_count(of_completion.get("audio_tokens")),
            image_prompt=_count(of_prompt.get("image_tokens")),
            image_completion=_count(of_completion.get("image_tokens")),
            total=usage.total,
            seconds=_seconds(told),
            images=_count(told.get("generated_images")),
        )
    )


def _object(document: Any) -> Json:
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    return document


def _plain_transcript(text: str) -> Iterator[Meaning]:
    cues = _CUE.findall(text)
    seconds = None
    if cues:
        hours, minutes, whole, milli = cues[-1]
        seconds = int(hours or 0) * 3600 + int(minutes) * 60 + int(whole) + int(milli) / 1000
    yield Transcript(text, seconds=seconds)


def _segments(segments: Iterable[Any], name: str) -> Iterator[Segment]:
    for one in segments:
        if isinstance(one, dict) and isinstance(one.get(name), str):
            start, end = float(one.get("start") or 0), float(one.get("end") or 0)
            yield Segment(one[name], start, end, str(one.get("speaker") or one.get("speaker_id") or ""))


def _verdict(result: Any) -> Json:
    """A verdict as OpenAI gives it; some providers leave out what the categories say together."""
    verdict = _object(result)
    categories = verdict.get("categories")
    flagged = any(categories.values()) if isinstance(categories, dict) else False
    return {"flagged": flagged, **verdict}


def _scored(result: Any) -> Scored:
    item = _object(result)
    document = item.get("document")
    text = document.get("text") if isinstance(document, dict) else document
    score = item["relevance_score"] if "relevance_score" in item else item["score"]
    return Scored(int(item["index"]), float(score), text if isinstance(text, str) else "")


def _rank_usage(document: Json) -> Iterator[UsageReported]:
    """Cohere tells search units, the others tokens, each in a place of its own."""
    meta = document.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    billed = _details(meta, "billed_units")
    told = document.get("usage") or meta.get("tokens")
    usage = told if isinstance(told, dict) else {}
    prompt = _first(usage.get("prompt_tokens"), usage.get("input_tokens"), usage.get("total_tokens"))
    searches = _count(billed.get("search_units"))
    if prompt is not None or searches is not None:
        yield UsageReported(Usage(prompt=prompt, completion=None if prompt is None else 0, searches=searches))


def _seconds(told: Json) -> float | None:
    for name in ("seconds", "prompt_audio_seconds"):
        if isinstance(told.get(name), int | float):
            return float(told[name])
    return None


def _details(holder: Json, *names: str) -> Json:
    return next((holder[name] for name in names if isinstance(holder.get(name), dict)), {})


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first(*values: Any) -> int | None:
    return next((count for count in map(_count, values) if count is not None), None)


def _is_number(value: Any) -> bool:
    """OpenAI's older replies write the duration as a text."""
    return isinstance(value, int | float | str) and re.fullmatch(r"\d+(\.\d+)?", str(value)) is not None
