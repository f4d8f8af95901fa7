from __future__ import annotations

from addon.canon.events import Event, Finished, Logprobs, RefusalDelta, TextDelta
from addon.face.completion_stream import CompletionStreamEncoder
from tests.addon.face.replies import IDS, RICH, completion, documents
from tests.clients import Reply, parsed_by_openai


def test_a_completion_has_text_and_a_finish() -> None:
    encoder = CompletionStreamEncoder(completion(), IDS)
    events: list[Event] = [
        TextDelta(""),
        TextDelta("a"),
        RefusalDelta("b", 1),
        Logprobs({"tokens": ["c"]}),
        Finished("length"),
    ]
    chunks = documents(encoder.feed(events) + encoder.end())
    assert {chunk["object"] for chunk in chunks} == {"text_completion"}
    assert [chunk["choices"][0] for chunk in chunks] == [
        {"text": "a", "index": 0, "logprobs": None, "finish_reason": None},
        {"text": "b", "index": 1, "logprobs": None, "finish_reason": None},
        {"text": "", "index": 0, "logprobs": {"tokens": ["c"]}, "finish_reason": None},
        {"text": "", "index": 0, "logprobs": None, "finish_reason": "length"},
    ]


def test_what_the_format_has_no_place_for_is_left_out() -> None:
    encoder = CompletionStreamEncoder(completion(include_usage=True), IDS)
    chunks = documents(encoder.feed(event for event in RICH if not isinstance(event, Logprobs)) + encoder.end())
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks[:-1]) == "Hello 😀no"
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[-3:-1]] == ["stop", "stop"]
    assert chunks[-1]["usage"]["total_tokens"] == 14


def test_the_official_client_reads_it_without_complaint() -> None:
    encoder = CompletionStreamEncoder(completion(include_usage=True), IDS)
    events: list[Event] = [TextDelta("a"), TextDelta("b"), Finished("stop"), RICH[-2]]
    (parsed,) = parsed_by_openai([Reply("completions-stream", b"".join(encoder.feed(events) + encoder.end()))])
    assert parsed.error == ""
    assert "".join(chunk["choices"][0]["text"] for chunk in parsed.chunks[:-1]) == "ab"
    assert parsed.chunks[-1]["usage"]["prompt_tokens"] == 9
