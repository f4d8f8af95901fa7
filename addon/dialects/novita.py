"""Novita: OpenAI's dialect for texts, and speech at addresses of its own: MiniMax's documents (minimax_speech), with
the model in the path.

Composes `openai`. https://novita.ai/docs/api-reference/model-apis-minimax-speech-2.8-turbo Must not know channels.
"""

from __future__ import annotations

import re
from dataclasses import replace

from addon.canon.codec import Codec
from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, Endpoint, SpeechRequest
from addon.dialects import minimax_speech, openai

SURFACE = re.compile(r"(?:/v3)?/openai(?:/v1)?$|/v3$")
"""What stands behind the host in the base URL of the OpenAI-compatible surface."""
MODEL = re.compile(r"(?:minimax/|minimax-)?(speech-[\w.-]+)", re.ASCII)


def build(request: SpeechRequest, target: Target) -> Outbound:
    named = MODEL.fullmatch(target.model)
    if named is None:
        raise CannotCarry("model", "Novita's speech is MiniMax's: minimax-speech-2.8-turbo and its like; map this one.")
    return Outbound(
        method="POST",
        url=f"{SURFACE.sub('', target.base_url)}/v3/minimax-{named[1]}",
        headers=(("content-type", "application/json"),),
        body=body_of(minimax_speech.document(request, "Novita")),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


DIALECT = replace(
    openai.DIALECT,
    name="novita",
    codecs={
        **openai.DIALECT.codecs,
        Endpoint.SPEECH: Codec(build=build, reader=minimax_speech.StreamReader, read_reply=minimax_speech.read_reply),
    },
)
