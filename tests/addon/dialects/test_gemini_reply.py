"""Gemini's replies as events, where no recording shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    ImageMade,
    Logprobs,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.frame import Frame
from addon.dialects.gemini_reply import BLOCKED, FINISH_REASONS, Reader, embedding_events, reply_events, usage_of


def read(*documents: Any) -> list[Event]:
    reader = Reader({"safe": "the clients"})
    found: list[Event] = []
    for document in documents:
        found += reader.read(Frame(json.dumps(document).encode()))
    return [*found, *reader.close()]


def whole(document: Any) -> list[Event]:
    return reply_events({}, json.dumps(document).encode())


def chunk(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, **fields}]}


def function(name: str, args: Any = None, **fields: Any) -> dict[str, Any]:
    inner = {"name": name} if args is None else {"name": name, "args": args}
    return {"functionCall": {**inner, **fields}}


def test_calls_are_counted_over_the_whole_stream() -> None:
    found = read(
        {**chunk(function("safe", {"ü": 1}) | {"thoughtSignature": "c2ln"}, function("other")), "responseId": "r1"},
        chunk(function("safe", {}, id="given"), finishReason="STOP"),
    )
    assert found == [
        Started("r1"),
        ToolCallStarted(0, "", "the clients", extra={"google": {"thought_signature": "c2ln"}}),
        ToolArguments(0, '{"ü":1}'),
        ToolCallStarted(1, "", "other"),
        ToolArguments(1, "{}"),
        ToolCallStarted(2, "given", "the clients"),
        ToolArguments(2, "{}"),
        Finished("tool_calls"),
        Ended(),
    ]


def test_thoughts_are_reasoning_and_unknown_parts_are_ignored() -> None:
    found = read(
        chunk({"text": "Hm.", "thought": True}, {"text": ""}, {"executableCode": {"code": "1"}}, {"hologram": 1}),
        chunk({"text": "So."}, finishReason="STOP"),
    )
    assert found == [Started(), ReasoningDelta("Hm."), TextDelta("So."), Finished("stop"), Ended()]


def test_images_are_numbered_and_other_media_left_out() -> None:
    def drawn(media_type: str, data: str) -> dict[str, Any]:
        return {"inlineData": {"mimeType": media_type, "data": data}}

    found = read(
        chunk(drawn("image/png", "AAAA"), drawn("audio/wav", "BBBB"), {"inlineData": {}}),
        chunk(drawn("image/jpeg", "CCCC"), finishReason="STOP"),
    )
    assert found == [
        Started(),
        ImageMade(0, "data:image/png;base64,AAAA"),
        ImageMade(1, "data:image/jpeg;base64,CCCC"),
        Finished("stop"),
        Ended(),
    ]


def test_arguments_may_come_in_pieces() -> None:
    """docs.cloud.google.com/vertex-ai, function calling: `streamFunctionCallArguments`."""

    def piece(*pieces: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return chunk({"functionCall": {**fields, **({"partialArgs": list(pieces)} if pieces else {})}})

    events = read(
        piece(name="f", willContinue=True),
        piece({"jsonPath": "$.city", "stringValue": "Os", "willContinue": True}, willContinue=True),
        piece({"jsonPath": "$.city", "stringValue": "lo"}, {"jsonPath": "$.days", "numberValue": 3}, willContinue=True),
        piece(),
        piece({"jsonPath": "$.lost", "boolValue": True}),
        piece({"jsonPath": "$.deep[0]", "boolValue": True}, name="g"),
        chunk({"text": ""}, finishReason="STOP"),
    )
    assert [event for event in events if isinstance(event, ToolCallStarted | ToolArguments)] == [
        ToolCallStarted(0, "", "f"),
        ToolArguments(0, '{"city":"Oslo","days":3}'),
        ToolCallStarted(1, "", "g"),
        ToolArguments(1, '{"deep":[true]}'),
    ]
    assert Finished("tool_calls") in events


def test_a_picture_without_its_bytes_or_type_is_none() -> None:
    for inline in ({"mimeType": "image/png"}, {"mimeType": None, "data": "AAAA"}, {"data": "AAAA"}):
        assert not any(isinstance(event, ImageMade) for event in read(chunk({"inlineData": inline})))


def test_each_candidate_is_a_choice() -> None:
    def say(index: int, words: str, **fields: Any) -> dict[str, Any]:
        return {"index": index, "content": {"parts": [{"text": words}]}, **fields}

    found = read(
        {"candidates": [say(0, "a"), say(1, "b")]},
        {"candidates": [say(1, "c", finishReason="MAX_TOKENS"), say(0, "", finishReason="STOP")]},
    )
    assert found == [
        Started(),
        TextDelta("a", 0),
        TextDelta("b", 1),
        TextDelta("c", 1),
        Finished("stop", 0),
        Finished("length", 1),
        Ended(),
    ]


def test_the_last_finish_reason_counts() -> None:
    found = read(chunk({"text": "a"}, finishReason="STOP"), chunk({"text": "b"}, finishReason="RECITATION"))
    assert found == [Started(), TextDelta("a"), TextDelta("b"), Finished("content_filter"), Ended()]


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [{"usageMetadata": {"promptTokenCount": 1}}],
        [chunk({"text": "a"})],
        [{"candidates": [{"finishReason": "STOP"}, {"index": 1}]}],
    ],
)
def test_a_stream_without_all_its_finish_reasons_does_not_end(documents: list[Any]) -> None:
    assert not [event for event in read(*documents) if isinstance(event, Finished | Ended)]


def test_a_whole_reply_without_a_finish_reason_is_complete() -> None:
    assert whole(chunk({"text": "a"})) == [Started(), TextDelta("a"), Finished("stop"), Ended()]


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        *((theirs, ours) for theirs, ours in FINISH_REASONS.items() if theirs != BLOCKED),
        ("MALFORMED_FUNCTION_CALL", "stop"),
        ("OTHER", "stop"),
        ("BRAND_NEW", "stop"),
    ],
)
def test_a_finish_reason_becomes_openais(reason: str, ours: str) -> None:
    assert whole(chunk(finishReason=reason))[1] == Finished(ours)  # type: ignore[arg-type]


def test_a_call_that_was_cut_is_not_a_call_to_answer() -> None:
    assert Finished("length") in whole(chunk(function("f"), finishReason="MAX_TOKENS"))


@pytest.mark.parametrize(
    ("feedback", "explained"),
    [
        ({"blockReason": "SAFETY"}, []),
        ({"blockReasonMessage": "No."}, [RefusalDelta("No.")]),
        ({"blockReason": "OTHER", "blockReasonMessage": "Because."}, [RefusalDelta("Because.")]),
    ],
)
def test_a_blocked_prompt_is_filtered(feedback: dict[str, Any], explained: list[Event]) -> None:
    wanted = [Started(), *explained, Finished("content_filter"), Ended()]
    assert whole({"promptFeedback": feedback}) == wanted
    assert read({"promptFeedback": feedback}) == wanted


def test_a_filtered_answer_is_explained_and_an_ordinary_one_is_not() -> None:
    assert RefusalDelta("Unsafe.") in whole(chunk(finishReason="SAFETY", finishMessage="Unsafe."))
    assert RefusalDelta("Called.") not in whole(chunk(finishReason="STOP", finishMessage="Called."))


def test_an_array_is_read_as_its_elements() -> None:
    documents = [chunk({"text": "a"}), chunk({"text": "b"}, finishReason="STOP")]
    assert read(documents) == read(*documents) == whole(documents)


def test_an_error_inside_fails_and_nothing_follows() -> None:
    error = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    for found in (read(chunk(finishReason="STOP"), error)[1:], whole([error])):
        [failed] = found
        assert isinstance(failed, Failed) and failed.fault.message == "busy"


@pytest.mark.parametrize(
    ("counted", "usage"),
    [
        (
            {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 32, "totalTokenCount": 45},
            Usage(prompt=9, completion=36, reasoning=32, total=45),
        ),
        (
            {"promptTokenCount": 9, "toolUsePromptTokenCount": 100, "cachedContentTokenCount": 5},
            Usage(prompt=109, cached=5),
        ),
        ({"promptTokenCount": 9, "thoughtsTokenCount": 3}, Usage(prompt=9, completion=3, reasoning=3)),
        (
            {
                "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 7}, {"modality": "TEXT", "tokenCount": 1}],
                "candidatesTokensDetails": [{"modality": "AUDIO"}, {"modality": "IMAGE", "tokenCount": 1290}],
            },
            Usage(audio_prompt=7, audio_completion=0, image_completion=1290),
        ),
    ],
)
def test_usage(counted: dict[str, Any], usage: Usage) -> None:
    assert usage_of(counted) == usage


def test_logprobs_become_openais() -> None:
    result = {
        "chosenCandidates": [
            {"token": "ü", "tokenId": 1, "logProbability": -0.5},
            {"token": "b", "logProbability": -1},
        ],
        "topCandidates": [{"candidates": [{"token": "ü", "logProbability": -0.5}, {"token": "o"}]}],
    }
    found = whole(chunk({"text": "üb"}, logprobsResult=result, finishReason="STOP"))
    top = [
        {"token": "ü", "logprob": -0.5, "bytes": [195, 188]},
        {"token": "o", "logprob": 0.0, "bytes": [111]},
    ]
    content = [
        {"token": "ü", "logprob": -0.5, "bytes": [195, 188], "top_logprobs": top},
        {"token": "b", "logprob": -1, "bytes": [98], "top_logprobs": []},
    ]
    assert found[2] == Logprobs({"content": content, "refusal": None})


@pytest.mark.parametrize("data", [b"3", b'"x"', b"{", b"<html>", b'{"candidates":3}', b'{"candidates":[3]}'])
def test_garbage_raises_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Reader({}).read(Frame(data))


@pytest.mark.parametrize("document", [{}, {"usageMetadata": {"promptTokenCount": 1}}, []])
def test_a_reply_that_says_nothing_raises(document: Any) -> None:
    with pytest.raises(ValueError, match="neither candidates nor"):
        whole(document)


def test_embeddings_are_numbered() -> None:
    body = {"embeddings": [{"values": [1, 0.5]}, {"values": [2]}], "usageMetadata": {"promptTokenCount": 3}}
    assert embedding_events(json.dumps(body).encode()) == [
        Started(),
        Vector(0, (1, 0.5)),
        Vector(1, (2,)),
        UsageReported(Usage(prompt=3)),
        Ended(),
    ]


def test_a_single_embedding_is_one_of_one() -> None:
    assert Vector(0, (1, 0.5)) in embedding_events(b'{"embedding":{"values":[1,0.5]}}')


def test_an_error_in_place_of_embeddings_fails() -> None:
    [failed] = embedding_events(b'{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}')
    assert isinstance(failed, Failed) and failed.fault.status == 400
