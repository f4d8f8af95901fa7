"""Mistral: OpenAI's dialect for texts, and for sound a form and documents of its own (mistral_sound).

Composes `openai`; what differs in conversations is in the row. Must not know channels.
"""

from __future__ import annotations

from dataclasses import replace

from addon.canon.codec import Codec
from addon.canon.request import Endpoint
from addon.dialects import mistral_sound, openai

DIALECT = replace(
    openai.DIALECT,
    name="mistral",
    codecs={
        **openai.DIALECT.codecs,
        Endpoint.SPEECH: Codec(
            build=mistral_sound.build_speech,
            reader=mistral_sound.SpeechReader,
            read_reply=mistral_sound.read_speech,
        ),
        Endpoint.TRANSCRIPTIONS: Codec(
            build=mistral_sound.build_transcription,
            reader=mistral_sound.TranscriptReader,
            read_reply=mistral_sound.read_transcript,
        ),
    },
)
