"""Google's further endpoints at an address that is an argument."""

from __future__ import annotations

import json
from typing import Any

from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint
from addon.dialects import gemini, vertex
from addon.dialects.google_media import codecs
from addon.face.decode import decode

TARGET = Target("https://fake.example", "k", "gemini-3-pro-image")


def call(target: Target, method: str, document: dict[str, Any]) -> Outbound:
    return Outbound("POST", f"{target.base_url}/{target.model}:{method}", body=json.dumps(document).encode())


def test_both_addresses_offer_the_same() -> None:
    made = codecs(call)
    assert all(made.keys() <= dialect.DIALECT.codecs.keys() for dialect in (gemini, vertex))
    assert made[Endpoint.IMAGES] is made[Endpoint.IMAGE_EDITS]
    assert made[Endpoint.TRANSCRIPTIONS] is made[Endpoint.TRANSLATIONS]


def test_pictures_are_called_for_until_there_are_enough() -> None:
    codec = codecs(call)[Endpoint.IMAGES]
    request = decode(Endpoint.IMAGES, "application/json", b'{"model":"m","prompt":"a cat","n":2}')
    assert codec.build(request, TARGET).url == "https://fake.example/gemini-3-pro-image:generateContent"
    assert codec.follow_up is not None
    asked = codec.follow_up(request, TARGET, b"{}", 1)
    assert asked is not None and asked.outbound.url.endswith(":generateContent")
    assert codec.follow_up(request, TARGET, b"{}", 2) is None


def test_speech_is_called_for_where_google_speaks() -> None:
    codec = codecs(call)[Endpoint.SPEECH]
    request = decode(Endpoint.SPEECH, "application/json", b'{"model":"m","input":"Hi","voice":"alloy"}')
    made = codec.build(request, Target("https://fake.example", "k", "gemini-2.5-flash-preview-tts"))
    assert made.url.startswith("https://fake.example/gemini-2.5-flash-preview-tts:")
