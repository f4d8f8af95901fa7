import json

import pytest

from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.realtime import RealtimeRequest
from addon.dialects.openai_realtime_usage import UsageReader
from addon.meter import Meter
from addon.realtime import BUG, CODES, FORBIDDEN, LARGE, SPENT, Session


def session(*allowed: str) -> tuple[Session, Meter]:
    meter = Meter("theirs")
    reader = UsageReader(RealtimeRequest("ours"), Target("", "", "theirs"))
    return Session("theirs", reader, meter, allowed), meter


DONE = json.dumps({"type": "response.done", "response": {"id": "a", "usage": {"input_tokens": 3, "output_tokens": 4}}})


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ('{"type":"session.update","session":{"model":"ours","a":"é"}}', {"model": "theirs", "a": "é"}),
        ('{"type":"session.update","session":{"model":"dearer"}}', {"model": "theirs"}),
        ('{"type":"session.update","session":{"\\u006dodel":"dearer"}}', {"model": "theirs"}),
        ('{"type":"session.update","\\u0073ession":{"model":"dearer"}}', {"model": "theirs"}),
        ('{"type":"session.update","session":{"model":"dearer","model":"theirs"}}', {"model": "theirs"}),
        ('{"type":"session.update","session":{"a":"model"}}', {"a": "model"}),
        ('{"type":"session.update","session":"model"}', "model"),
    ],
)
def test_a_client_stays_with_the_model_it_asked_for(said: str, passed: object) -> None:
    found = session()[0].said(said.encode())
    assert json.loads(found) == {"type": "session.update", "session": passed}
    assert found.count(b"model") <= 1
    assert found.isascii()  # mitmproxy cuts what has another length between bytes


@pytest.mark.parametrize(
    ("given", "allowed", "good"),
    [
        ({"audio": {"input": {"transcription": {"model": "whisper-1"}}}}, (), True),
        ({"audio": {"input": {"transcription": {"model": "whisper-1"}}}}, ("ours", "whisper-1"), True),
        ({"audio": {"input": {"transcription": {"model": "whisper-1"}}}}, ("ours",), False),
        ({"input_audio_transcription": {"model": "whisper-1"}}, ("ours",), False),
        ({"input_audio_transcription": None, "audio": {"input": None}, "model": "x"}, ("ours",), True),
    ],
)
def test_a_token_may_let_only_its_own_models_transcribe(
    given: dict[str, object], allowed: tuple[str, ...], good: bool
) -> None:
    one, _ = session(*allowed)
    one.said(json.dumps({"type": "session.update", "session": given}).encode())
    assert (one.fault is None) is good
    assert good or one.fault is FORBIDDEN


@pytest.mark.parametrize("content", [b"hello", b'{"type":"x","audio":"AAAA"}', b'{"session model', b"\\u"])
def test_what_is_no_event_passes(content: bytes) -> None:
    one, meter = session()
    assert one.said(content) is content
    assert not one.heard(content)
    assert meter.usage(0)[0].prompt == 0


def test_what_is_heard_is_metered_and_what_was_not_told_is_guessed_once() -> None:
    one, meter = session()
    assert one.heard(DONE.encode())
    assert not one.heard(b'{"type":"response.text.delta","response_id":"b","delta":"1234"}')
    assert meter.usage(0)[0].completion == 4
    one.end()
    one.end()
    usage, estimated = meter.usage(0)
    assert (usage.prompt, usage.completion, estimated, one.over) == (6, 5, True, True)


@pytest.mark.parametrize(
    ("by_client", "code", "finished", "fault"),
    [
        (True, 1000, True, None),
        (False, 1001, True, None),
        (False, None, True, None),
        (True, 1006, False, None),
        (False, 1006, False, FaultKind.CUT),
        (False, 1011, False, FaultKind.CUT),
    ],
)
def test_how_it_ended(by_client: bool, code: int | None, finished: bool, fault: FaultKind | None) -> None:
    one, _ = session()
    one.closed(by_client, code)
    assert (one.finished, one.fault.kind if one.fault else None) == (finished, fault)


@pytest.mark.parametrize("fault", [SPENT, LARGE, BUG, FORBIDDEN])
def test_breaking_off_is_told_in_an_event_of_openais(fault: object) -> None:
    one, _ = session()
    assert fault in CODES
    one.break_off(fault)
    one.break_off(BUG)
    one.closed(False, 1006)
    assert one.fault is fault
    assert one.stop is not None
    event = json.loads(one.stop.event)
    assert (event["type"], event["error"]["message"]) == ("error", one.fault.message)
    assert one.stop.code == CODES[fault]
    assert len(one.stop.reason.encode()) <= 123


def test_frames_are_what_the_reader_gets() -> None:
    one, _ = session()
    assert Frame(b"x").event == ""
    assert not one.heard(b"\xff\xfe")
