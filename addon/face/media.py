"""Whole replies of the further endpoints from their events: pictures, transcripts, verdicts, ranks, sound.

Must not know providers. Shapes are OpenAI's; a rerank's is Cohere's and Jina's, which everybody has taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.events import Meaning, Moderated, PictureMade, Scored, Segment, Sound, TextDelta, Transcript, Usage
from addon.canon.form import FormRequest
from addon.canon.media import ImageRequest, ModerationRequest, RerankRequest, SpeechRequest
from addon.face.json_bytes import dumps
from addon.face.stream_encoder import Ids

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"
SOUNDS = {
    "": "audio/mpeg",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Media types by `response_format`."""

UNKNOWN = {
    "seek": 0,
    "tokens": [],
    "temperature": 0.0,
    "avg_logprob": 0.0,
    "compression_ratio": 0.0,
    "no_speech_prob": 0.0,
}
"""What Whisper tells of a segment and others do not; clients with strict types want the fields."""

MediaRequest = ImageRequest | FormRequest | SpeechRequest | ModerationRequest | RerankRequest


def media_reply(request: MediaRequest, meanings: list[Meaning], ids: Ids, usage: Usage) -> tuple[bytes, str]:
    """The body and its content type."""
    match request:
        case SpeechRequest():
            return _sound(request, meanings)
        case ModerationRequest():
            return dumps(_moderation(meanings, ids)), JSON
        case RerankRequest():
            return dumps(_ranks(request, meanings, ids, usage)), JSON
        case ImageRequest():
            return dumps(_pictures(meanings, ids, usage)), JSON
        case FormRequest():
            if request.endpoint in (Endpoint.IMAGE_EDITS, Endpoint.IMAGE_VARIATIONS):
                return dumps(_pictures(meanings, ids, usage)), JSON
            return written_transcript(request, transcript_of(meanings), usage)


def transcript_of(meanings: Iterable[Meaning]) -> Transcript:
    """The transcript of a reply, whole or told in pieces."""
    pieces: list[str] = []
    for meaning in meanings:
        if isinstance(meaning, Transcript):
            return meaning
        if isinstance(meaning, TextDelta):
            pieces.append(meaning.text)
    return Transcript("".join(pieces))


def written_transcript(request: FormRequest, said: Transcript, usage: Usage) -> tuple[bytes, str]:
    """A transcript in the format that was asked for."""
    match request.response_format:
        case "text":
            return f"{said.text}\n".encode(), PLAIN
        case "srt":
            return "".join(_srt(said)).encode(), PLAIN
        case "vtt":
            return "".join(_vtt(said)).encode(), "text/vtt; charset=utf-8"
        case "verbose_json":
            return dumps(_verbose(request, said, usage)), JSON
        case "diarized_json":
            return dumps(_diarized(said, usage)), JSON
        case _:
            return dumps({"text": said.text, **_seconds_or_tokens(said, usage)}), JSON


def media_usage(usage: Usage) -> dict[str, Any]:
    """Tokens as the images and audio endpoints tell them; {} where none were reported."""
    if usage.prompt is None and usage.completion is None:
        return {}
    prompt, completion = usage.prompt or 0, usage.completion or 0
    heard, seen = usage.audio_prompt or 0, usage.image_prompt or 0
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"text_tokens": prompt - heard - seen, "image_tokens": seen, "audio_tokens": heard},
        "output_tokens": completion,
        "total_tokens": prompt + completion if usage.total is None else usage.total,
    }


def picture_document(picture: PictureMade) -> dict[str, Any]:
    """One picture of the reply."""
    where = {"b64_json": picture.data} if picture.data else {"url": picture.url}
    return {**where, "revised_prompt": picture.revised_prompt} if picture.revised_prompt else where


def _pictures(meanings: Iterable[Meaning], ids: Ids, usage: Usage) -> dict[str, Any]:
    made = [picture_document(meaning) for meaning in meanings if isinstance(meaning, PictureMade)]
    told = media_usage(usage)
    return {"created": ids.created, "data": made, **({"usage": told} if told else {})}


def _sound(request: SpeechRequest, meanings: Iterable[Meaning]) -> tuple[bytes, str]:
    sounds = [meaning for meaning in meanings if isinstance(meaning, Sound)]
    told = next((sound.media_type for sound in sounds if sound.media_type), "")
    return b"".join(sound.data for sound in sounds), told or SOUNDS.get(request.response_format, "audio/mpeg")


def _moderation(meanings: Iterable[Meaning], ids: Ids) -> dict[str, Any]:
    verdicts = sorted((one for one in meanings if isinstance(one, Moderated)), key=lambda verdict: verdict.index)
    return {"id": _named(ids, "modr"), "model": ids.model, "results": [dict(verdict.result) for verdict in verdicts]}


def _ranks(request: RerankRequest, meanings: Iterable[Meaning], ids: Ids, usage: Usage) -> dict[str, Any]:
    searches = {"meta": {"billed_units": {"search_units": usage.searches}}} if usage.searches else {}
    return {
        "id": _named(ids, "rerank"),
        "model": ids.model,
        "results": [_rank(request, meaning) for meaning in meanings if isinstance(meaning, Scored)],
        "usage": {"total_tokens": (usage.prompt or 0) + (usage.completion or 0)},
        **searches,
    }


def _rank(request: RerankRequest, scored: Scored) -> dict[str, Any]:
    told = {"index": scored.index, "relevance_score": scored.score}
    if not request.return_documents:
        return told
    known = request.documents[scored.index] if scored.index < len(request.documents) else ""
    return {**told, "document": {"text": scored.document or known}}


def _named(ids: Ids, kind: str) -> str:
    """Our own ids begin like a chat's; a provider's own id is left alone."""
    return ids.id.replace("chatcmpl-", f"{kind}-", 1)


def heard_tokens(usage: Usage) -> dict[str, Any]:
    """Tokens as transcriptions tell them, under a name of their own; {} where none were reported."""
    if usage.prompt is None and usage.completion is None:
        return {}
    prompt, completion, heard = usage.prompt or 0, usage.completion or 0, usage.audio_prompt or 0
    return {
        "type": "tokens",
        "input_tokens": prompt,
        "input_token_details": {"text_tokens": prompt - heard, "audio_tokens": heard},
        "output_tokens": completion,
        "total_tokens": prompt + completion if usage.total is None else usage.total,
    }


def _seconds(said: Transcript, usage: Usage) -> dict[str, Any]:
    seconds = usage.seconds if said.seconds is None else said.seconds
    return {} if seconds is None else {"usage": {"type": "duration", "seconds": seconds}}


def _seconds_or_tokens(said: Transcript, usage: Usage) -> dict[str, Any]:
    tokens = heard_tokens(usage)
    return _seconds(said, usage) or ({"usage": tokens} if tokens else {})


def _verbose(request: FormRequest, said: Transcript, usage: Usage) -> dict[str, Any]:
    words = [{"word": one.text, "start": one.start, "end": one.end} for one in said.words]
    return {
        "task": "translate" if request.endpoint is Endpoint.TRANSLATIONS else "transcribe",
        "language": said.language or request.language,
        "duration": _length(said, usage),
        "text": said.text,
        "segments": [{**_segment(number, one), **UNKNOWN} for number, one in enumerate(said.segments)],
        **({"words": words} if words else {}),
        **_seconds(said, usage),
    }


def _diarized(said: Transcript, usage: Usage) -> dict[str, Any]:
    return {
        "task": "transcribe",
        "duration": _length(said, usage),
        "text": said.text,
        "segments": [spoken_segment(number, one) for number, one in enumerate(said.segments)],
        **_seconds_or_tokens(said, usage),
    }


def spoken_segment(number: int, one: Segment) -> dict[str, Any]:
    """A segment of which the speaker is told."""
    kind = "transcript.text.segment"
    return {**_segment(number, one), "id": f"seg_{number}", "type": kind, "speaker": one.speaker}


def _segment(number: int, one: Segment) -> dict[str, Any]:
    return {
        "id": number,
        "start": one.start,
        "end": one.end,
        "text": one.text,
        **({"speaker": one.speaker} if one.speaker else {}),
    }


def _length(said: Transcript, usage: Usage) -> float:
    """Seconds; where nobody tells them, the end of the last segment."""
    if said.seconds is not None:
        return said.seconds
    if usage.seconds is not None:
        return usage.seconds
    return max((one.end for one in said.segments), default=0.0)


def _entries(said: Transcript) -> tuple[Segment, ...]:
    return said.segments or (Segment(said.text, 0.0, said.seconds or 0.0),)


def _srt(said: Transcript) -> Iterator[str]:
    for number, one in enumerate(_entries(said), 1):
        yield f"{number}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{one.text.strip()}\n\n"


def _vtt(said: Transcript) -> Iterator[str]:
    yield "WEBVTT\n\n"
    for one in _entries(said):
        yield f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{one.text.strip()}\n\n"


def _clock(seconds: float, point: str) -> str:
    """hh:mm:ss and milliseconds behind `point`."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{point}{whole % 1000:03}"
