"""Novita's speech; its texts are OpenAI's (`test_openai`)."""

from __future__ import annotations

import pytest

from addon.canon.request import CannotCarry
from addon.dialects import DIALECTS
from addon.dialects.novita import DIALECT
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import chat
from tests.addon.dialects.sounds import Sounding, speaking

NOVITA = 41


@pytest.mark.parametrize(
    "base",
    [
        "https://api.novita.ai/v3/openai",
        "https://api.novita.ai/openai/v1",
        "https://api.novita.ai",
        "https://api.novita.ai/v3",
    ],
)
@pytest.mark.parametrize("model", ["minimax-speech-2.8-turbo", "speech-2.8-turbo", "minimax/speech-2.8-turbo"])
def test_the_model_stands_in_the_path(base: str, model: str) -> None:
    at_work = Sounding(NOVITA, speaking("Hi", voice="Wise_Woman"), model, base_url=base, key="fake")
    assert at_work.outbound.url == "https://api.novita.ai/v3/minimax-speech-2.8-turbo"
    assert at_work.document["text"] == "Hi" and "model" not in at_work.document
    assert at_work.outbound.secrets == (("authorization", "Bearer fake"),)
    assert at_work.told({"audio": "4944", "status": 2}) == (b"ID", "audio/mpeg")


def test_other_speech_is_refused() -> None:
    with pytest.raises(CannotCarry, match="map this one"):
        _ = Sounding(NOVITA, speaking(), "tts-1").outbound
    assert DIALECTS["novita"] is DIALECT
    assert through_row(NOVITA, chat(), "m").url == "https://api.novita.ai/v3/openai/chat/completions"
