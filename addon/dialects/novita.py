"""Novita: OpenAI's dialect for texts; at addresses of its own, with the model in the path, pictures (novita_pictures)
and speech, in MiniMax's documents (minimax_speech).

Composes `openai`. https://novita.ai/docs/api-reference/model-apis-minimax-speech-2.8-turbo Must not know channels.
"""

from __future__ import annotations

import re
from dataclasses import replace

from addon.canon.codec import Codec
from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, Endpoint, SpeechRequest
from addon.dialects import minimax_speech, novita_pictures, openai

SURFACE = re.compile(r"(?:/v3)?/openai(?:/v1)?$|/v3$")
"""What stands behind the host in the base URL of the OpenAI-compatible surface."""
MODEL = re.compile(r"(?:minimax/|minimax-)?(speech-[\w.-]+)", re.ASCII)


def build(request: SpeechRequest, target: Target) -> Outbound:
    named = MODEL.fullmatch(target.model)
    if named is None:
        raise CannotCarry("model", "Novita's speech is MiniMax's: minimax-speech-2.8-turbo and its like; map this one.")
    return Outbound(
        method="POST",
        url=f"{root(target)}/v3/minimax-{named[1]}",
        headers=(("content-type", "application/json"),),
        body=body_of(minimax_speech.document(request, "Novita")),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def root(target: Target) -> str:
    """Below this are all addresses that are not OpenAI's."""
    return SURFACE.sub("", target.base_url)


PICTURES = novita_pictures.codec(root)

DIALECT = replace(
    openai.DIALECT,
    name="novita",
    codecs={
        **openai.DIALECT.codecs,
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.SPEECH: Codec(build=build, reader=minimax_speech.StreamReader, read_reply=minimax_speech.read_reply),
    },
)
