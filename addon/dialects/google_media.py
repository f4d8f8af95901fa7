"""Google's pictures and sound as codecs: the same at the Gemini API and on Vertex AI, but for the address.

    bodies and replies   google_pictures, google_sound

Must not know addresses: how a method of a model is called is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from addon.canon.codec import Codec, FollowUp
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint, FormRequest, SpeechRequest
from addon.dialects import google_pictures, google_sound
from addon.dialects.google_pictures import Drawing

Call = Callable[[Target, str, dict[str, Any]], Outbound]
"""(target, method, body) -> the request to the target's model."""


def codecs(call: Call) -> Mapping[Endpoint, Codec]:
    pictures = picture_codec(call)
    speech, transcripts = sound_codecs(call)
    return {
        Endpoint.IMAGES: pictures,
        Endpoint.IMAGE_EDITS: pictures,
        Endpoint.SPEECH: speech,
        Endpoint.TRANSCRIPTIONS: transcripts,
        Endpoint.TRANSLATIONS: transcripts,
    }


def picture_codec(call: Call) -> Codec:
    def build(request: Drawing, target: Target) -> Outbound:
        return call(target, *google_pictures.method_and_document(request, target))

    def follow_up(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
        """The request for the pictures that are missing after `count` replies."""
        if not google_pictures.wants_more(request, target, count):
            return None
        return FollowUp(call(target, *google_pictures.method_and_document(request, target, count)))

    def read_reply(request: Drawing, target: Target, body: bytes) -> Iterable[Event]:
        return google_pictures.reply_events(body)

    return Codec(
        build=build,
        reader=None,
        read_reply=read_reply,
        follow_up=follow_up,
        gathers=True,
        keeps=True,
        inline_urls=True,
    )


def sound_codecs(call: Call) -> tuple[Codec, Codec]:
    """Speech, and transcripts with translations."""

    def build(request: SpeechRequest | FormRequest, target: Target) -> Outbound:
        return call(target, *google_sound.method_and_document(request, target))

    return (
        Codec(build=build, reader=google_sound.Reader, read_reply=google_sound.read_speech),
        Codec(build=build, reader=google_sound.Reader, read_reply=google_sound.read_transcript),
    )
