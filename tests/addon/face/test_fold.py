from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Ended, Event, Failed, Finished, Passed, Started, TextDelta, Usage, UsageReported, Vector
from addon.canon.fault import Fault, FaultKind
from addon.canon.raw import RawRequest
from addon.canon.request import Endpoint, Request
from addon.face.fold import fault_in, flatten, fold
from tests.addon.face.replies import IDS, RICH, chat, completion, embedding
from tests.clients import Reply, parsed_by_openai

VECTORS: list[Event] = [Vector(1, (0.5,)), Vector(0, (0.25, -1.0)), UsageReported(Usage(prompt=3))]

PLAIN: list[Event] = [TextDelta("a"), Finished("stop")]


def folded(request: Request, *events: Any, streamed: bool = False) -> Any:
    return json.loads(fold(request, events, IDS, streamed=streamed))


def test_a_chat_reply_is_folded() -> None:
    document = folded(chat(), *RICH)
    assert {name: document[name] for name in ("id", "object", "created", "model")} == {
        "id": "chatcmpl-theirs",
        "object": "chat.completion",
        "created": 1700000001,
        "model": "their-model",
    }
    assert document["choices"][0]["message"]["content"] == "Hello 😀"
    assert document["usage"]["total_tokens"] == 14
    assert document["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2


def test_a_completion_is_folded() -> None:
    document = folded(completion(), TextDelta("a"), Finished("stop"))
    assert (document["object"], document["choices"][0]["text"], document["id"]) == (
        "text_completion",
        "a",
        "chatcmpl-1",
    )
    assert document["usage"]["total_tokens"] == 0


def test_embeddings_are_sorted_and_in_the_form_asked_for() -> None:
    document = folded(embedding(), *VECTORS)
    assert [item["embedding"] for item in document["data"]] == [[0.25, -1.0], [0.5]]
    assert [item["index"] for item in document["data"]] == [0, 1]
    assert document["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    packed = folded(embedding("base64"), *VECTORS)
    assert [item["embedding"] for item in packed["data"]] == ["AACAPgAAgL8=", "AAAAPw=="]
    assert folded(embedding(), Vector(0, "AAAAPw=="))["data"][0]["embedding"] == [0.5]


def test_a_verbatim_reply_stays_verbatim() -> None:
    data = b'{ "id": "x", "odd": 1.10 }'
    assert fold(chat(), [Passed(data, (TextDelta("a"),)), UsageReported(Usage(prompt=1))], IDS) == data
    assert fold(embedding("base64"), [Passed(data, (Vector(0, "AAAAPw=="),))], IDS) == data


def test_verbatim_floats_are_packed_if_base64_was_asked_for() -> None:
    document = folded(embedding("base64"), Passed(b'{"data":[]}', (Started(model="theirs"), Vector(0, (0.5,)))))
    assert document["data"][0]["embedding"] == "AAAAPw=="
    assert document["model"] == "theirs"


def test_chunks_of_a_stream_are_folded_by_what_they_mean() -> None:
    chunks = [Passed(b'{"x":1}', (TextDelta("a"),)), Passed(b"", (UsageReported(Usage(prompt=1)),)), Ended()]
    document = folded(chat(), *chunks, streamed=True)
    assert document["choices"][0]["message"]["content"] == "a"
    assert document["usage"]["prompt_tokens"] == 1


def test_flatten_and_fault_in_look_into_verbatim_pieces() -> None:
    fault = Fault(FaultKind.OVERLOADED, 503, "busy")
    events: list[Event] = [TextDelta("a"), Passed(b"x", (TextDelta("b"), Failed(fault)))]
    assert list(flatten(events)) == [TextDelta("a"), TextDelta("b"), Failed(fault)]
    assert fault_in(events) is fault
    assert fault_in(events[:1]) is None


def test_the_official_client_reads_whole_replies_without_complaint() -> None:
    parsed = parsed_by_openai(
        [
            Reply("chat", fold(chat(), RICH, IDS)),
            Reply("chat", fold(chat(functions=[{"name": "f"}]), RICH, IDS)),
            Reply("completions", fold(completion(), PLAIN, IDS)),
            Reply("embeddings", fold(embedding(), VECTORS, IDS)),
            Reply("embeddings", fold(embedding("base64"), VECTORS, IDS)),
        ]
    )
    assert [(reply.error, reply.invalid) for reply in parsed] == [("", [])] * 5
    assert parsed[3].chunks == parsed[4].chunks
    assert parsed[4].chunks[0]["data"][0]["embedding"] == pytest.approx([0.25, -1.0])


def test_a_reply_that_passes_as_it_is_is_never_written_anew() -> None:
    with pytest.raises(TypeError, match="passes"):
        fold(RawRequest(Endpoint.PROXY, "GET", "/x"), PLAIN, IDS)
