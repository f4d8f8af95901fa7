"""StepFun's own part of its dialect is what hears; all else is OpenAI's."""

from __future__ import annotations

from addon.canon.endpoint import Endpoint
from addon.dialects import DIALECTS, openai
from addon.dialects.stepfun import DIALECT


def test_only_what_hears_is_stepfuns_own() -> None:
    assert DIALECTS["stepfun"] is DIALECT
    own = {name for name, codec in DIALECT.codecs.items() if codec is not openai.DIALECT.codecs[name]}
    assert own == {Endpoint.TRANSCRIPTIONS}
