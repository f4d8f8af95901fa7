"""StepFun: OpenAI's dialect, but for the newer models that hear (stepfun_sound). Composes `openai`.

Must not know channels.
"""

from __future__ import annotations

from dataclasses import replace

from addon.canon.request import Endpoint
from addon.dialects import openai, stepfun_sound

DIALECT = replace(
    openai.DIALECT,
    name="stepfun",
    codecs={**openai.DIALECT.codecs, Endpoint.TRANSCRIPTIONS: stepfun_sound.TRANSCRIPTS},
)
