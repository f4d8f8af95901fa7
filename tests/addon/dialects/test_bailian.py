"""Bailian's own part of its dialect is DashScope's sound and pictures; all else is OpenAI's (`test_openai`)."""

from __future__ import annotations

from addon.canon.endpoint import Endpoint
from addon.dialects import DIALECTS, dashscope, openai
from addon.dialects.bailian import DIALECT


def test_sound_and_pictures_are_dashscopes() -> None:
    assert DIALECTS["bailian"] is DIALECT
    own = {name for name, codec in DIALECT.codecs.items() if codec is not openai.DIALECT.codecs[name]}
    assert own == {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.IMAGES, Endpoint.IMAGE_EDITS}
    assert all(DIALECT.codecs[name] is dashscope.DIALECT.codecs[name] for name in own)
    assert DIALECT.read_error(400, {}, b'{"code":"InvalidParameter","message":"x"}').message == "x"
