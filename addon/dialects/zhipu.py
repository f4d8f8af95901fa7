"""Zhipu GLM (BigModel, Z.ai): v4, which is OpenAI's dialect with narrower ranges, and v3 for its oldest models.

    v4         composes `openai`; what differs is the edit `zhipu` of `openai_edits_china`
    v3         zhipu_v3
    pictures   zhipu_images
    sound      zhipu_sound

The key of v4 is sent as it is, as Zhipu's SDK does it. https://docs.bigmodel.cn/api-reference
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from addon.canon.codec import BadKey, Codec, Dialect, Reader
from addon.canon.events import Event
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, EmbeddingRequest, Endpoint, FormRequest, SpeechRequest
from addon.canon.texts import input_texts
from addon.dialects import openai, openai_stream, zhipu_images, zhipu_sound, zhipu_v3

CHAT = openai.DIALECT.codecs[Endpoint.CHAT]
EMBEDDINGS = openai.DIALECT.codecs[Endpoint.EMBEDDINGS]
SPEECH = openai.DIALECT.codecs[Endpoint.SPEECH]
TRANSCRIPTS = openai.DIALECT.codecs[Endpoint.TRANSCRIPTIONS]
HOSTS = ("open.bigmodel.cn", "api.z.ai")
OLDEST = ("chatglm_", "chatglm-", "characterglm")
"""Models of v3, by the start of their names."""
ONE_TEXT = "embedding-2"


def build(request: ChatRequest, target: Target) -> Outbound:
    if request.n > 1:
        raise CannotCarry("n", "Zhipu gives one answer per request; leave n out or set it to 1.")
    if is_old(target):
        return zhipu_v3.build(request, target)
    check_key(target)
    return CHAT.build(request, target)


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    check_key(target)
    if len(input_texts(request, "Zhipu")) > 1 and target.model == ONE_TEXT:
        raise CannotCarry("input", f"{ONE_TEXT} takes one text per request; use embedding-3, or send one text.")
    return EMBEDDINGS.build(request, target)


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    check_key(target)
    return zhipu_sound.build_speech(request, target)


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    check_key(target)
    return zhipu_sound.build_transcription(request, target)


def check_key(target: Target) -> None:
    """A mirror or a private endpoint may have keys of its own."""
    if urlsplit(target.base_url).hostname in HOSTS and len(list(filter(None, target.key.split(".")))) != 2:
        raise BadKey(zhipu_v3.KEY_FORM)


def is_old(target: Target) -> bool:
    return target.model.lower().startswith(OLDEST)


class StreamReader(openai_stream.StreamReader):
    """OpenAI's stream, without the marks of boxes."""

    def read(self, frame: Frame) -> Iterable[Event]:
        return super().read(replace(frame, data=unboxed(frame.data)))


def unboxed(data: bytes) -> bytes:
    """The seeing models put an answer into a box, whose two marks are tokens that belong to no text."""
    return data.replace(b"<|begin_of_box|>", b"").replace(b"<|end_of_box|>", b"") if b"_of_box|>" in data else data


def reader(request: ChatRequest, target: Target) -> Reader:
    return zhipu_v3.StreamReader() if is_old(target) else StreamReader(request, target)


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return zhipu_v3.read_reply(body) if is_old(target) else CHAT.read_reply(request, target, unboxed(body))


DIALECT = Dialect(
    name="zhipu",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=EMBEDDINGS.read_reply),
        Endpoint.IMAGES: Codec(
            build=zhipu_images.build,
            reader=None,
            read_reply=zhipu_images.read_reply,
            follow_up=zhipu_images.follow_up,
            gathers=True,
            keeps=True,
            remembers=True,
        ),
        Endpoint.SPEECH: replace(SPEECH, build=build_speech, reader=zhipu_sound.SpeechReader, raw_stream=False),
        Endpoint.TRANSCRIPTIONS: replace(TRANSCRIPTS, build=build_transcription),
    },
    read_error=openai.DIALECT.read_error,
)
