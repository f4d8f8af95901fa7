"""MiniMax's T2A v2, and the same documents at Novita's addresses; written from the documentation."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Ended, Failed, Sound, Started, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry
from tests.addon.dialects.sounds import Sounding, frames, speaking
from tests.recordings import Recording, cases

MINIMAX = 27
FINE = {"status_code": 0, "status_msg": "success"}


def at_work(model: str = "speech-2.8-hd", key: str = "sk-fake", **fields: Any) -> Sounding:
    return Sounding(MINIMAX, speaking("你好", **fields), model, key=key)


def test_a_plain_request() -> None:
    assert at_work().document == {
        "model": "speech-2.8-hd",
        "text": "你好",
        "stream": False,
        "output_format": "hex",
        "voice_setting": {"voice_id": "male-qn-qingse"},
        "audio_setting": {"format": "mp3"},
    }
    outbound = at_work(key="sk-fake|123").outbound
    assert outbound.url == "https://api.minimax.chat/v1/t2a_v2?GroupId=123"
    assert outbound.secrets == (("authorization", "Bearer sk-fake"),)
    assert at_work().outbound.url.endswith("/v1/t2a_v2")


def test_voice_speed_and_minimaxs_own_fields_go_along() -> None:
    made = at_work(
        voice="Calm_Woman",
        speed=4,
        response_format="flac",
        emotion="happy",
        sample_rate=16000,
        language_boost="auto",
        instructions="softly",
    ).document
    assert made["voice_setting"] == {"voice_id": "Calm_Woman", "emotion": "happy", "speed": 2.0}
    assert made["audio_setting"] == {"format": "flac", "sample_rate": 16000}
    assert made["language_boost"] == "auto" and "instructions" not in made
    with pytest.raises(CannotCarry, match="MiniMax speaks mp3, wav, flac, pcm, not opus"):
        _ = at_work(response_format="opus").outbound


def test_a_stream_is_asked_for_where_the_format_can_be_streamed() -> None:
    made = at_work(stream_format="sse").document
    assert made["stream"] is True and made["stream_options"] == {"exclude_aggregated_audio": True}
    assert at_work(stream_format="sse", response_format="wav").document["stream"] is False


@pytest.mark.parametrize("recording", cases(["minimax"], ["audio-speech"]))
def test_recorded_sound_comes_out(recording: Recording) -> None:
    body = json.loads(recording.body)
    sound, kind = at_work().told(recording.body)
    assert (sound.hex(), kind) == (body["data"]["audio"], "audio/mpeg")


def test_sound_and_its_characters() -> None:
    reply = {"data": {"audio": "494433", "status": 2}, "extra_info": {"usage_characters": 4}, "base_resp": FINE}
    assert at_work().read({**reply, "trace_id": "t1"}) == [
        Started(id="t1"),
        Sound(b"ID3"),
        UsageReported(Usage(characters=4)),
        Ended(),
    ]
    assert at_work(response_format="wav").told(reply) == (b"ID3", "audio/wav")
    assert Sound(b"ID3") in at_work().read({"audio": "494433", "status": 2})


def test_an_error_inside_a_good_status() -> None:
    [failed] = at_work().read({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}})
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.OUT_OF_BALANCE
    [refused] = at_work().read({"base_resp": {"status_code": 2054, "status_msg": "voice id not exist"}})
    assert isinstance(refused, Failed)
    assert (refused.fault.kind, refused.fault.status) == (FaultKind.BAD_REQUEST, 400)
    with pytest.raises(KeyError):
        at_work().read({"data": {}, "base_resp": FINE})
    with pytest.raises(ValueError, match="no JSON object"):
        at_work().read([])


@pytest.mark.parametrize("recording", cases(["minimax"], ["audio-speech-stream"]))
def test_a_stream_is_told_in_openais_events(recording: Recording) -> None:
    *deltas, done = at_work(stream_format="sse").streamed(recording.body)
    assert [base64.b64decode(one["audio"]) for one in deltas] == [b"ID3", b"\x04\x00"]
    assert done["type"] == "speech.audio.done"


def test_a_stream_without_its_last_frame_was_cut() -> None:
    pipe = at_work(stream_format="sse").pipe()
    assert len(pipe.feed(frames({"data": {"audio": "49", "status": 1}, "base_resp": FINE}))) == 1
    pipe.close()
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT


def test_the_last_frame_counts_only_if_nothing_came_before() -> None:
    whole = {"data": {"audio": "4944", "status": 2}, "base_resp": FINE}
    assert [one["type"] for one in at_work(stream_format="sse").streamed(frames(whole))] == [
        "speech.audio.delta",
        "speech.audio.done",
    ]
    piece = {"data": {"audio": "49", "status": 1}, "base_resp": FINE}
    assert len(at_work(stream_format="sse").streamed(frames(piece, whole))) == 2


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, FaultKind.RATE_LIMITED),
        ({"data": {"status": 2}, "base_resp": FINE}, FaultKind.GARBAGE),
    ],
)
def test_a_stream_that_fails(last: Any, kind: FaultKind) -> None:
    pipe = at_work(stream_format="sse").pipe()
    assert pipe.feed(frames(last)) + pipe.close() == []
    assert pipe.fault is not None and pipe.fault.kind is kind
