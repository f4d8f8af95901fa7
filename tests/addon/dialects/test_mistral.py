"""Mistral's own part of its dialect is its sound; all else is OpenAI's."""

from __future__ import annotations

from addon.canon.endpoint import Endpoint
from addon.dialects import DIALECTS, openai
from addon.dialects.mistral import DIALECT


def test_only_sound_is_mistrals_own() -> None:
    assert DIALECTS["mistral"] is DIALECT
    own = {name for name, codec in DIALECT.codecs.items() if codec is not openai.DIALECT.codecs[name]}
    assert own == {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS}
    assert DIALECT.read_error is openai.DIALECT.read_error
