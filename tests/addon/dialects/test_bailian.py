"""Bailian's own part of its dialect is DashScope's sound and pictures; all else is OpenAI's (`test_openai`)."""

from __future__ import annotations

import pytest

from addon.canon.codec import BadKey
from addon.canon.endpoint import Endpoint
from addon.canon.outbound import Target
from addon.dialects import DIALECTS, dashscope, openai
from addon.dialects.bailian import DIALECT


def openai_reader(name: Endpoint) -> object:
    return openai.DIALECT.codecs[name].read_reply


def test_sound_and_pictures_are_dashscopes() -> None:
    assert DIALECTS["bailian"] is DIALECT
    own = {name for name, codec in DIALECT.codecs.items() if codec.read_reply is not openai_reader(name)}
    assert own == {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.IMAGES, Endpoint.IMAGE_EDITS}
    assert all(DIALECT.codecs[name].read_reply is dashscope.DIALECT.codecs[name].read_reply for name in own)
    assert DIALECT.read_error(400, {}, b'{"code":"InvalidParameter","message":"x"}').message == "x"


@pytest.mark.parametrize("endpoint", [Endpoint.CHAT, Endpoint.IMAGES])
def test_an_access_key_is_refused_with_the_form_of_a_good_one(endpoint: Endpoint) -> None:
    with pytest.raises(BadKey, match="one API key, sk-…; AccessKeys"):
        DIALECT.codecs[endpoint].build(None, Target("https://p.example", "LTAIfake", "qwen-plus"))
