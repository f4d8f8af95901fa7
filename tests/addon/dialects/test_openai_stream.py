"""The stream reader's own decisions; what recorded streams say is in test_openai."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Meaning,
    Passed,
    ReasoningDelta,
    Started,
    TextDelta,
    Usage,
    UsageReported,
)
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Quirks, Target
from addon.canon.request import ChatRequest, CompletionRequest
from addon.dialects.openai_stream import StreamReader

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "m"}
TARGET = Target("https://p.example", "k", "upstream-model")
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
DONE = b"[DONE]"


def reader(wants_usage: bool = True, repairs: tuple[str, ...] = (), chat: bool = True) -> StreamReader:
    target = replace(TARGET, quirks=Quirks(repairs=repairs))
    if chat:
        return StreamReader(ChatRequest({}, b"", "m", (), stream=True, include_usage=wants_usage), target)
    return StreamReader(CompletionRequest({}, b"", "m", (), stream=True, include_usage=wants_usage), target)


def chunk(content: str | None = None, finish: str | None = None, **fields: Any) -> bytes:
    delta = {} if content is None else {"content": content}
    return json.dumps({**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **fields}).encode()


def read(made: StreamReader, *frames: bytes | Frame) -> list[Event]:
    events: list[Event] = []
    for frame in frames:
        events += made.read(frame if isinstance(frame, Frame) else Frame(frame))
    return [*events, *made.close()]


def shown(events: list[Event]) -> list[Any]:
    return [json.loads(event.data) for event in events if isinstance(event, Passed) and event.data]


def said(events: list[Event]) -> list[Meaning]:
    return [one for event in events for one in (event.meanings if isinstance(event, Passed) else (event,))]


def test_read_passes_frames_verbatim_with_their_meaning() -> None:
    odd = b'{"id":"chatcmpl-1", "object" : "chat.completion.chunk","created":5,"model":"m","x":1.0,'
    odd += b'"choices":[{"index":0,"delta":{"content":"\\u00e9"},"finish_reason":null}]}'
    assert read(reader(), b" " + odd + b"\n", b"", DONE)[:1] == [
        Passed(odd, (Started("chatcmpl-1", "m", 5), TextDelta("é")))
    ]


OTHERS = [
    chunk(""),
    chunk("d", usage=None),
    chunk("e", usage=USAGE),
    chunk("f", "length"),
    chunk(None, "stop"),
    chunk("g", id="chatcmpl-2"),
    chunk("h", obfuscation="x"),
    b'{"error": {"message": "busy"}}',
    Frame(chunk("i"), "error"),
]


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("repairs", [(), ("value-completions",), ("tagged-thoughts",)])
@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_a_frame_says_the_same_after_others_like_it(other: bytes | Frame, repairs: tuple[str, ...], chat: bool) -> None:
    """The frames of a text are alike, and read without being parsed: what is not like them is parsed as ever."""
    same = [chunk(text) if chat else completion(text) for text in ("a", " b\n", '"\\', "你好 😀", "\ud83d")]
    if not chat and isinstance(other, bytes):
        other = other.replace(b'"delta": {"content": ', b'"text": ').replace(b'"}, "finish', b'", "finish')
    long = read(reader(repairs=repairs, chat=chat), *same, other)
    short = read(reader(repairs=repairs, chat=chat), same[0], other)
    assert long[:1] + long[len(same) :] == short
    alone = [read(reader(repairs=repairs, chat=chat), same[0], one)[1:] for one in same[1:]]
    assert long[1 : len(same)] == [event for events in alone for event in events]


def completion(text: str) -> bytes:
    return json.dumps({**HEAD, "choices": [{"index": 0, "text": text, "finish_reason": None}]}).encode()


def test_read_withholds_usage_that_was_not_asked_for() -> None:
    frames = [chunk("a"), chunk(None, "stop"), json.dumps({**HEAD, "choices": [], "usage": USAGE}).encode(), DONE]
    events = read(reader(wants_usage=False), *frames)
    assert events[-2:] == [Passed(b"", (UsageReported(Usage(1, 2, total=3)),)), Ended()]
    asked = read(reader(), *frames)
    assert asked[2] == Passed(frames[2], (UsageReported(Usage(1, 2, total=3)),))
    assert len(asked) == 4


@pytest.mark.parametrize("wants_usage", [True, False])
def test_read_gives_usage_a_chunk_of_its_own(wants_usage: bool) -> None:
    frames = [chunk("a", usage={**USAGE, "completion_tokens": None}), chunk(None, "stop", usage=USAGE), DONE]
    events = read(reader(wants_usage), *frames)
    documents = shown(events)
    assert all("usage" not in document for document in documents[:2])
    assert documents[2:] == ([{**HEAD, "choices": [], "usage": USAGE}] if wants_usage else [])
    assert said(events)[-2] == UsageReported(Usage(1, 2, total=3))
    assert events[-1] == Ended()


def test_read_shows_the_last_of_several_usages() -> None:
    early = json.dumps({**HEAD, "choices": [], "usage": {**USAGE, "completion_tokens": 1}}).encode()
    late = json.dumps({**HEAD, "choices": [], "usage": USAGE}).encode()
    events = read(reader(), chunk("a"), early, chunk(None, "stop"), late, late, DONE)
    assert [document["usage"] for document in shown(events) if not document["choices"]] == [USAGE]


def test_a_later_usage_takes_no_count_back() -> None:
    usage = {**USAGE, "completion_tokens": None}
    late = json.dumps(
        {**HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
    ).encode()
    early = json.dumps({**HEAD, "choices": [{"index": 0, "delta": {"content": "a"}}], "usage": USAGE}).encode()
    assert shown(read(reader(), early, late, DONE))[-1]["usage"] == USAGE


def test_read_ends_what_the_provider_left_open() -> None:
    events = read(reader(), chunk("a"), DONE)
    assert shown(events)[-1]["choices"] == [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]
    assert said(events)[-2:] == [Finished("stop"), Ended()]


def test_close_does_not_make_a_cut_stream_complete() -> None:
    assert not any(isinstance(one, Finished | Ended) for one in said(read(reader(), chunk("a", usage=USAGE))))


def test_close_gives_the_usage_of_a_stream_without_end_marker() -> None:
    events = read(reader(), chunk("a"), chunk(None, "stop", usage=USAGE))
    assert shown(events)[-1] == {**HEAD, "choices": [], "usage": USAGE}


def test_read_keeps_the_identity_of_the_first_chunk() -> None:
    other = json.dumps({"id": "", "created": 9, "choices": [{"index": 0, "delta": {"content": "b"}}]}).encode()
    events = read(reader(), chunk("a"), other)
    assert {name: shown(events)[1][name] for name in HEAD} == HEAD


def test_read_takes_the_model_from_the_channel_and_sparks_id() -> None:
    frame = {"sid": "cha1", "created": 5, "code": 0, "choices": [{"index": 0, "delta": {"content": "a"}}]}
    [document] = shown(read(reader(), json.dumps(frame).encode()))
    assert (document["id"], document["model"], document["object"]) == ("cha1", "upstream-model", HEAD["object"])


def test_read_tells_a_stream_without_identity_in_meanings() -> None:
    frame = {"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": USAGE}
    assert read(reader(), json.dumps(frame).encode(), DONE) == [
        Started(model="upstream-model"),
        TextDelta("a"),
        UsageReported(Usage(1, 2, total=3)),
        Finished("stop"),
        Ended(),
    ]


def test_read_drops_a_filters_first_frame_and_keeps_other_news() -> None:
    azures = json.dumps({"id": "", "object": "", "created": 0, "choices": [], "prompt_filter_results": []}).encode()
    news = json.dumps({**HEAD, "choices": [], "moderation": {"input": {}}}).encode()
    events = read(reader(), azures, chunk("a"), news)
    assert [event.data for event in events if isinstance(event, Passed)] == [chunk("a"), news]


def test_read_drops_a_chunk_of_which_nothing_is_left() -> None:
    late = json.dumps({**HEAD, "choices": [{"index": 0, "content_filter_results": {}}], "x": 1}).encode()
    assert len(read(reader(), chunk("a"), late)) == 1


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        (Frame(b'{"error":{"message":"m","code":429}}'), FaultKind.RATE_LIMITED, "m"),
        (Frame(b'{"message":"m"}', "error"), FaultKind.SERVER_ERROR, "m"),
        (Frame(b'[{"error":{"message":"m","code":400}}]'), FaultKind.BAD_REQUEST, "m"),
        (Frame(chunk("a", "network_error")), FaultKind.SERVER_ERROR, "the provider broke off: network_error"),
    ],
)
def test_read_fails_with_what_the_provider_says(frame: Frame, kind: FaultKind, message: str) -> None:
    [failed] = read(reader(), frame)
    assert isinstance(failed, Failed)
    assert (failed.fault.kind, failed.fault.message) == (kind, message)


def test_read_reports_what_was_used_until_the_failure() -> None:
    events = read(reader(), Frame(json.dumps({"error": {"message": "m"}, "usage": USAGE}).encode()))
    assert events[0] == UsageReported(Usage(1, 2, total=3)) and isinstance(events[1], Failed)


@pytest.mark.parametrize("data", [b"{", b"7", b"[]", b"<html>"])
def test_read_raises_on_garbage(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(reader(), data)


def test_completions_pass_and_end() -> None:
    head = {**HEAD, "object": "text_completion"}
    good = json.dumps(
        {**head, "choices": [{"index": 0, "text": "a", "finish_reason": None, "logprobs": None}]}
    ).encode()
    events = read(reader(chat=False), good, DONE)
    assert events[0] == Passed(good, (Started("chatcmpl-1", "m", 5), TextDelta("a")))
    assert shown(events)[1] == {
        **head,
        "choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}],
    }


def test_writers_completions_end_with_the_body() -> None:
    made = reader(chat=False, repairs=("value-completions",))
    events = read(made, b'{"value":"Su"}', b'{"value":"re"}')
    assert events == [Started(model="upstream-model"), TextDelta("Su"), TextDelta("re"), Finished("stop")]


@pytest.mark.parametrize("end", [(), (DONE,), (chunk(None, "stop"), DONE)])
def test_tagged_thoughts_are_told_apart_and_never_lost(end: tuple[bytes, ...]) -> None:
    whole = "<think>\nHm. </think>\n\nHi </think"
    for size in (1, 2, 3, 5, len(whole)):
        frames = [chunk(whole[at : at + size]) for at in range(0, len(whole), size)]
        told = said(read(reader(repairs=("tagged-thoughts",)), *frames, *end))
        assert "".join(one.text for one in told if isinstance(one, ReasoningDelta)) == "Hm."
        assert "".join(one.text for one in told if isinstance(one, TextDelta)) == "Hi </think"
        unclosed = [one for one in told if isinstance(one, Finished)]
        assert len(unclosed) == (1 if end else 0)


@pytest.mark.parametrize("end", [(), (DONE,), (chunk(None, "stop"), DONE)])
def test_a_tag_that_never_closes_swallows_nothing(end: tuple[bytes, ...]) -> None:
    told = said(read(reader(repairs=("tagged-thoughts",)), chunk("<think>Hm"), chunk(". </thi"), *end))
    assert "".join(one.text for one in told if isinstance(one, ReasoningDelta)) == "Hm. </thi"
    assert not any(isinstance(one, TextDelta) for one in told)


def test_a_tag_is_text_where_the_row_does_not_name_the_repair() -> None:
    frame = chunk("<think>Hm</think>")
    assert [event.data for event in read(reader(), frame) if isinstance(event, Passed)] == [frame]
