"""What a conversation over OpenAI's Realtime API costs, read from the provider's events. Nothing else is understood.

`response.done` tells the tokens of one response, `…input_audio_transcription.completed` those of a transcript, which
is another model's. Each event of usage holds the sum so far. A client that leaves before `response.done` has heard
something all the same: that is guessed. https://platform.openai.com/docs/guides/realtime-costs
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import Event, Usage, UsageReported
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.realtime import RealtimeRequest

Json = Mapping[str, Any]
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
SESSIONS = ("session.created", "session.updated", "transcription_session.created", "transcription_session.updated")
SOUND = ("response.output_audio.delta", "response.audio.delta")
WORDS = (
    *("response.output_text.delta", "response.text.delta", "response.function_call_arguments.delta"),
    *("response.output_audio_transcript.delta", "response.audio_transcript.delta"),
)
"""The names of today, and those of the beta that others have kept."""
SCRIBE = "whisper-1"
"""Who writes down what is heard, where the session does not say."""
SPOKEN_PER_SECOND = 20
"""Audio tokens: one for 50 ms (OpenAI)."""
BYTES_PER_SECOND = {"pcm": 48_000, "g711": 8_000}
"""24 kHz with 16 bits, and telephones."""
LETTERS_PER_TOKEN = 4


class UsageReader:
    """One session."""

    def __init__(self, request: RealtimeRequest, target: Target) -> None:
        self._total = Usage()
        self._scribes: dict[str, Usage] = {}
        self._scribe = SCRIBE
        self._rate = BYTES_PER_SECOND["pcm"]
        self._heard: dict[str, Usage] = {}
        """What has been heard of responses that are under way."""
        self._latest = Usage()

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        kind = document.get("type")
        if kind == "response.done":
            yield from self._response(_object(document, "response"))
        elif kind == TRANSCRIBED:
            yield from self._transcript(_object(document, "usage"))
        elif kind in SESSIONS:
            self._learn(_object(document, "session"))
        elif kind in SOUND or kind in WORDS:
            self._hear(kind, document)

    def close(self) -> Iterable[Event]:
        """The guess for what was never told: each such response has read what the latest one did."""
        guesses, self._heard = list(self._heard.values()), {}
        for guess in guesses:
            prompt = self._latest
            read = Usage(prompt.prompt, None, prompt.cached, audio_prompt=prompt.audio_prompt)
            self._total = self._total.plus(guess).plus(read)
        if guesses:
            yield UsageReported(self._total, guessed=True)

    def _response(self, response: Json) -> Iterator[Event]:
        heard = self._heard.pop(str(response.get("id", "")), None)
        usage = response.get("usage")
        if isinstance(usage, dict):
            self._latest = usage_of(usage)
            self._total = self._total.plus(self._latest)
            yield UsageReported(self._total)
        elif heard is not None:
            self._total = self._total.plus(heard)
            yield UsageReported(self._total, guessed=True)

    def _transcript(self, usage: Json) -> Iterator[Event]:
        """Some transcripts are paid by the token, others by the second; those without a word of it are free."""
        if not usage:
            return
        seconds = usage.get("seconds")
        told = Usage(prompt=0, completion=0, seconds=seconds) if seconds is not None else usage_of(usage)
        self._scribes[self._scribe] = self._scribes.get(self._scribe, Usage()).plus(told)
        yield UsageReported(self._scribes[self._scribe], model=self._scribe)

    def _learn(self, session: Json) -> None:
        """Who transcribes, and how the sound is packed: both may change in the middle."""
        audio = _object(session, "audio")
        transcription = _object(_object(audio, "input"), "transcription") or _object(
            session, "input_audio_transcription"
        )
        self._scribe = str(transcription.get("model") or SCRIBE)
        packed = _object(_object(audio, "output"), "format").get("type") or session.get("output_audio_format") or ""
        telephone = str(packed).startswith("g711") or str(packed) in ("audio/pcmu", "audio/pcma")
        self._rate = BYTES_PER_SECOND["g711" if telephone else "pcm"]

    def _hear(self, kind: str, document: Json) -> None:
        length, response = len(str(document.get("delta", ""))), str(document.get("response_id", ""))
        if kind in SOUND:
            tokens = round(length * 3 / 4 / self._rate * SPOKEN_PER_SECOND)
            part = Usage(completion=tokens, audio_completion=tokens)
        else:
            part = Usage(completion=-(-length // LETTERS_PER_TOKEN))
        self._heard[response] = self._heard.get(response, Usage()).plus(part)


def usage_of(usage: Json) -> Usage:
    """The tokens of one response. Sound and pictures out of the cache are counted as cached only."""
    read = _object(usage, "input_token_details") or _object(usage, "input_tokens_details")
    written = _object(usage, "output_token_details") or _object(usage, "output_tokens_details")
    cached = _object(read, "cached_tokens_details")
    return Usage(
        prompt=_count(usage, "input_tokens") or 0,
        completion=_count(usage, "output_tokens") or 0,
        cached=_count(read, "cached_tokens"),
        audio_prompt=_less(_count(read, "audio_tokens"), _count(cached, "audio_tokens")),
        image_prompt=_less(_count(read, "image_tokens"), _count(cached, "image_tokens")),
        reasoning=_count(written, "reasoning_tokens"),
        audio_completion=_count(written, "audio_tokens"),
        total=_count(usage, "total_tokens"),
    )


def _object(document: Json, name: str) -> Json:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _count(document: Json, name: str) -> int | None:
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _less(count: int | None, cached: int | None) -> int | None:
    return None if count is None else max(0, count - (cached or 0))
