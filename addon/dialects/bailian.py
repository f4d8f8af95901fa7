"""Alibaba's Model Studio in its compatible mode: OpenAI's dialect. That mode has neither pictures nor sound, which the
same key and host have in DashScope's words (dashscope_pictures, dashscope_sound).

Composes `openai` and `dashscope`. Must not know channels.
"""

from __future__ import annotations

from dataclasses import replace

from addon.canon.keys import guarded
from addon.canon.request import Endpoint
from addon.dialects import dashscope, dashscope_fault, dashscope_sound, openai

DIALECT = replace(
    openai.DIALECT,
    name="bailian",
    codecs=guarded(
        {
            **openai.DIALECT.codecs,
            Endpoint.IMAGES: dashscope.PICTURES,
            Endpoint.IMAGE_EDITS: dashscope.PICTURES,
            Endpoint.SPEECH: dashscope_sound.SPEECH,
            Endpoint.TRANSCRIPTIONS: dashscope_sound.TRANSCRIPTS,
        },
        "LTAI",
        dashscope.KEY_FORM,
    ),
    read_error=dashscope_fault.read_error,
)
