from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Logprobs,
    Passed,
    Started,
    TextDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.fault import Fault, FaultKind
from addon.face.stream_encoder import DONE, Ids, Spoken, StreamEncoder

IDS = Ids("id-1", 1700000000, "m", "r1")
FAULT = Fault(FaultKind.OVERLOADED, 503, "too busy")


class Plain(StreamEncoder):
    """The smallest encoder: a choice opens with a greeting, text is text."""

    OBJECT = "plain"

    def _opening(self, choice: int) -> dict[str, Any]:
        return {"index": choice, "hello": True}

    def _empty(self, choice: int) -> dict[str, Any]:
        return {"index": choice, "text": "", "logprobs": None}

    def _choices(self, event: Spoken) -> list[dict[str, Any]]:
        match event:
            case TextDelta():
                return [{"index": event.choice, "text": event.text, "logprobs": None}]
            case Finished():
                return [{"index": event.choice, "finish": event.reason, "logprobs": None}]
            case _:
                return []


def documents(chunks: list[bytes]) -> list[Any]:
    assert all(chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") for chunk in chunks)
    return [json.loads(chunk[6:]) for chunk in chunks if chunk != DONE]


def fed(*events: Event, include_usage: bool = False) -> list[bytes]:
    encoder = Plain(IDS, include_usage)
    return encoder.feed(events) + encoder.end()


def test_started_alone_writes_nothing() -> None:
    assert Plain(IDS, False).feed([Started(), UsageReported(Usage(prompt=1)), Ended(), Vector(0, ())]) == []


def test_every_chunk_carries_the_same_ids_and_the_providers_own_win() -> None:
    (opening, text, finish) = documents(fed(TextDelta("a"), Finished("stop")))
    for chunk in (opening, text, finish):
        assert {name: chunk[name] for name in ("id", "object", "created", "model")} == {
            "id": "id-1",
            "object": "plain",
            "created": 1700000000,
            "model": "m",
        }
    chunk = documents(fed(Started("theirs", "their-model", 5), TextDelta("a")))[0]
    assert (chunk["id"], chunk["model"], chunk["created"]) == ("theirs", "their-model", 5)
    assert IDS.adopted(Started()) == IDS


def test_each_choice_opens_once() -> None:
    chunks = documents(fed(TextDelta("a"), TextDelta("b", 1), TextDelta("c")))
    assert [chunk["choices"][0].get("text", "hello") for chunk in chunks] == ["hello", "a", "hello", "b", "c"]
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 0, 1, 1, 0]


def test_usage_comes_last_and_only_if_asked_for() -> None:
    usage = UsageReported(Usage(prompt=1, completion=2))
    assert "usage" not in documents(fed(TextDelta("a"), usage))[-1]
    *chunks, last = documents(fed(usage, TextDelta("a"), UsageReported(Usage(completion=5)), include_usage=True))
    assert all(chunk["usage"] is None for chunk in chunks)
    assert last["choices"] == []
    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == (1, 5)


def test_an_encoder_says_whether_it_lacks_usage() -> None:
    encoder = Plain(IDS, include_usage=True)
    assert encoder.lacks_usage
    encoder.feed([UsageReported(Usage(prompt=1))])
    assert not encoder.lacks_usage
    assert not Plain(IDS, include_usage=False).lacks_usage
    assert len(fed(TextDelta("a"), include_usage=True)) == 3  # nothing is made up


def test_done_is_written_once_and_nothing_after_it() -> None:
    encoder = Plain(IDS, False)
    assert encoder.end() == [DONE]
    assert encoder.end() == []
    assert encoder.feed([TextDelta("late")]) == []
    assert encoder.fail(FAULT) == []


def test_a_failure_is_one_frame_and_the_end() -> None:
    encoder = Plain(IDS, False)
    chunks = encoder.feed([TextDelta("a"), Failed(FAULT), TextDelta("b")])
    assert [set(document) for document in documents(chunks)][-1] == {"error"}
    assert documents(chunks)[-1]["error"]["message"] == "too busy (request id: r1)"
    assert documents(chunks)[1]["choices"][0]["text"] == "a"
    assert encoder.end() == []


def test_log_probabilities_travel_with_the_text_before_them() -> None:
    value = {"content": [{"token": "a"}]}
    _, chunk = documents(fed(TextDelta("a"), Logprobs(value)))
    assert chunk["choices"][0] == {"index": 0, "text": "a", "logprobs": value}


def test_log_probabilities_without_text_travel_alone() -> None:
    value = {"content": [{"token": "a"}]}
    _, _, alone = documents(fed(TextDelta("a"), Logprobs(value), Logprobs(value)))
    assert alone["choices"][0] == {"index": 0, "text": "", "logprobs": value}
    assert [chunk["choices"][0]["index"] for chunk in documents(fed(TextDelta("a"), Logprobs(value, 1)))] == [
        0,
        0,
        1,
        1,
    ]


def test_verbatim_chunks_stay_verbatim() -> None:
    data = '{"id":"x",  "choices":[{"delta":{"content":"你好"}}]}'.encode()
    assert fed(Passed(data, (TextDelta("你好"),))) == [b"data: " + data + b"\n\n", DONE]
    assert fed(Passed(b'{\n"a":\r\n1}')) == [b'data: {\ndata: "a":\ndata: 1}\n\n', DONE]


def test_empty_data_shows_nothing_but_is_noted() -> None:
    usage = Passed(b"", (UsageReported(Usage(prompt=1, completion=2)),))
    assert fed(usage) == [DONE]
    assert documents(fed(usage, include_usage=True))[0]["usage"]["completion_tokens"] == 2


def test_the_providers_end_marker_is_not_repeated() -> None:
    assert fed(Passed(b"[DONE]", (Ended(),))) == [DONE]


def test_a_verbatim_usage_is_not_repeated() -> None:
    usage = Passed(b'{"choices":[],"usage":{}}', (UsageReported(Usage(prompt=1)),))
    assert fed(usage, include_usage=True) == [b'data: {"choices":[],"usage":{}}\n\n', DONE]


def test_what_verbatim_chunks_said_goes_on_in_ours() -> None:
    passed = Passed(b'{"x":1}', (Started("theirs"), ToolCallStarted(0, "c", "f"), TextDelta("a", 1)))
    chunks = documents(fed(passed, Finished("stop"), Finished("stop", 1), TextDelta("b", 2)))
    assert [chunk["choices"][0]["index"] for chunk in chunks[1:]] == [0, 1, 2, 2]  # only the new choice opens
    assert {chunk["id"] for chunk in chunks[1:]} == {"theirs"}
    hidden = Passed(b"", (TextDelta("a"),))
    assert documents(fed(hidden, Finished("stop")))[0]["choices"][0] == {"index": 0, "hello": True}


def test_an_event_that_says_nothing_writes_nothing() -> None:
    assert fed(ToolCallStarted(0, "c", "f")) == [DONE]


def test_an_encoder_without_a_format_is_a_mistake_of_its_author() -> None:
    class Nothing(StreamEncoder):
        OBJECT = ""

    with pytest.raises(TypeError, match="looks like"):
        Nothing(IDS, False).feed([TextDelta("a")])
    with pytest.raises(TypeError, match="opens"):
        Nothing(IDS, False).feed([Logprobs({})])

    class Opens(Nothing):
        def _opening(self, choice: int) -> None:
            return None

    with pytest.raises(TypeError, match="empty choice"):
        Opens(IDS, False).feed([Logprobs({})])


@pytest.mark.parametrize("include_usage", [False, True])
def test_texts_one_by_one_are_written_as_they_are_together(include_usage: bool) -> None:
    """What stands around a text is written once for each choice, and anew when a reply says who it is."""
    texts = ["Hel", "", "lo \n", '"\\', "你好 😀", "\ud83d", "\x00text\x00"]
    spoken: list[Event] = [TextDelta(text, choice) for text in texts for choice in (0, 1)]
    renamed = Started(id="id-2", model="n", created=5)
    parts = [spoken, [renamed, *spoken], [Passed(b"", (Started(id="id-3"),)), *spoken]]
    together, alone = Plain(IDS, include_usage), Plain(IDS, include_usage)
    chunks = [chunk for part in parts for event in part for chunk in alone.feed([event])]
    assert documents(chunks) == documents([chunk for part in parts for chunk in together.feed(part)])
    assert {document["id"] for document in documents(chunks)} == {"id-1", "id-2", "id-3"}
    assert not alone.feed([Ended()]) and alone.end() and not alone.feed([TextDelta("late")])
