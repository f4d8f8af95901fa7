"""Every recording of OpenAI and of whoever speaks its dialect: what they say comes out, however it was cut."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from addon.canon.codec import Codec
from addon.canon.events import Failed, Passed, Vector
from addon.canon.outbound import Quirks, Target
from addon.canon.request import Endpoint, Request
from addon.dialects import DIALECTS
from addon.face.decode import decode
from addon.face.encode import Ids, encoder, flatten, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire import sse
from rules.provider import words
from rules.providers import PROVIDERS
from tests.addon.dialects import openai_oracle as oracle
from tests.clients import Kind, Reply, parsed_by_openai
from tests.recordings import Recording, cases, recordings
from tests.splits import frame_boundaries, offsets_for, run

# Recordings' folder -> One API's channel type; the others are reached as "OpenAI compatible".
TYPES = {
    "openai": 1,
    "azure-openai": 3,
    "openrouter": 20,
    "mistral": 28,
    "groq": 29,
    "deepseek": 36,
    "together": 39,
    "doubao": 40,
    "xai": 45,
    "gemini-openai-compat": 51,
    # No recording but ours, written from the fact sheets:
    "moonshot": 25,
    "baichuan": 26,
    "minimax": 27,
    "stepfun": 32,
    "siliconflow": 44,
    "baidu-v2": 47,
    "spark": 48,
    "dashscope-compat": 49,
}
OTHERS = words(
    """cerebras databricks doubleword github-copilot heroku huggingface llamacpp mistralrs ollama-openai-compat
perplexity snowflake venice writer zhipu"""
)
PROVIDERS_HERE = [*TYPES, *OTHERS]
STREAMS = ("chat-stream", "completions-stream")
WHOLE = ("chat", "completions")
IDS = Ids(id="chatcmpl-ours", created=1_700_000_000, model="asked-for")
ENDPOINTS = {"chat": Endpoint.CHAT, "completions": Endpoint.COMPLETIONS, "embeddings": Endpoint.EMBEDDINGS}
SMALL = 6_000
"""Bytes up to which a stream is also fed byte by byte to the whole pipe."""


def codec(recording: Recording) -> Codec:
    dialect = DIALECTS["azure" if recording.provider == "azure-openai" else "openai"]
    return dialect.codecs[ENDPOINTS[recording.kind.removesuffix("-stream")]]


def target(recording: Recording) -> Target:
    quirks = PROVIDERS[TYPES.get(recording.provider, 50)].quirks
    return Target("https://provider.example", "sk-fake", recording.model or "upstream-model", Quirks(**quirks))


def request(recording: Recording, include_usage: bool = True) -> Request:
    """The recorded request as a client would have sent it to us."""
    kind = recording.kind.removesuffix("-stream")
    plain: dict[str, Any] = {
        "chat": {"messages": [{"role": "user", "content": "hi"}]},
        "completions": {"prompt": "hi"},
        "embeddings": {"input": "hi"},
    }[kind]
    body = {"model": "asked-for", **plain}
    if recording.streamed:
        body |= {"stream": True, "stream_options": {"include_usage": include_usage}}
    return decode(ENDPOINTS[kind], "application/json", json.dumps(body).encode())


def pipe(recording: Recording, include_usage: bool = True) -> Pipe:
    asked = request(recording, include_usage)
    reader = codec(recording).reader
    assert reader is not None
    to = target(recording)
    return Pipe(sse.Decoder(), reader(asked, to), encoder(asked, IDS), Meter(to.model))


@cache
def streamed(recording_id: str, include_usage: bool) -> bytes:
    """The client's bytes for a recorded stream."""
    recording = BY_ID[recording_id]
    made = pipe(recording, include_usage)
    out = b"".join([*made.feed(recording.body), *made.close()])
    if made.fault is not None and not made.produced:
        return b'data: {"error":' + json.dumps({"message": made.fault.message}).encode() + b"}\n\n"
    return out


BY_ID = {one.id: one for one in recordings(PROVIDERS_HERE, (*STREAMS, *WHOLE, "embeddings")) if one.status == 200}


def good(kinds: tuple[str, ...]) -> list[Any]:
    found = cases(PROVIDERS_HERE, kinds)
    return [case for case in found if case.values[0] is None or case.values[0].status == 200]


def failed(kinds: tuple[str, ...]) -> list[Any]:
    return [case for case in cases(PROVIDERS_HERE, kinds) if case.values[0] is None or case.values[0].status != 200]


def same(ours: oracle.Told, recorded: oracle.Told) -> None:
    assert (recorded.error in ours.error) if recorded.error else not ours.error
    if recorded.error and not ours.choices:
        return  # before anything was shown, another provider is tried
    if recorded.error:
        recorded = oracle.Told(recorded.choices, {}, 0, 0, ours.error)
        ours.choices[0].finish = recorded.choices[0].finish
    assert ours.choices.keys() == recorded.choices.keys()
    for index, choice in recorded.choices.items():
        found = ours.choices[index]
        assert (found.text, found.reasoning, found.refusal) == (choice.text, choice.reasoning, choice.refusal)
        assert found.finish == choice.finish
        assert [(call.name, call.arguments) for call in found.calls] == [
            (call.name, call.arguments) for call in choice.calls
        ]
        assert all(mine.id == theirs.id for mine, theirs in zip(found.calls, choice.calls, strict=True) if theirs.id)
    if recorded.usage:
        assert (ours.usage, ours.cached, ours.thought) == (recorded.usage, recorded.cached, recorded.thought)


@pytest.mark.parametrize("recording", good(STREAMS))
def test_recorded_stream_comes_out_as_it_was_said(recording: Recording) -> None:
    same(oracle.our_stream(streamed(recording.id, True)), oracle.recorded_stream(recording.body))


@pytest.mark.parametrize("recording", good(STREAMS))
def test_recorded_stream_holds_no_usage_that_was_not_asked_for(recording: Recording) -> None:
    ours = oracle.our_stream(streamed(recording.id, False))
    recorded = oracle.recorded_stream(recording.body)
    assert ours.usage == {}
    recorded.usage = {}
    same(ours, recorded)
    documents = [json.loads(line) for line in oracle.data_lines(streamed(recording.id, False)) if line[0] == "{"]
    # OpenAI's own moderation chunk was asked for by a field of its own.
    assert all(one.get("choices") or one.get("error") or "moderation" in one for one in documents)


@pytest.mark.parametrize("recording", good(STREAMS))
def test_recorded_stream_is_metered_as_it_was_used(recording: Recording) -> None:
    made = pipe(recording)
    made.feed(recording.body)
    made.close()
    recorded = oracle.recorded_stream(recording.body)
    if not recorded.usage or recorded.error:
        return
    usage, estimated = made._meter.usage(0)
    counts = recorded.usage
    beside = counts["prompt_tokens"] + counts["completion_tokens"] + recorded.thought == counts["total_tokens"]
    assert not estimated
    assert usage.prompt == counts["prompt_tokens"]
    assert usage.completion == counts["completion_tokens"] + (recorded.thought if beside else 0)


@pytest.mark.parametrize("recording", good(STREAMS))
def test_recorded_stream_gives_the_same_bytes_however_it_is_cut(recording: Recording) -> None:
    """Frames: at every frame boundary +-2 and 200 seeded offsets. The whole pipe: at eight of them, and byte by byte
    for small streams (the pipe sees frames only, so equal frames are equal bytes)."""
    data = recording.body
    offsets = offsets_for(data, seed=len(data), frame_boundaries=frame_boundaries(data))
    if len(offsets) * len(data) > 20_000_000:
        offsets = random.Random(len(data)).sample(offsets, 20_000_000 // len(data))
    frames = run(sse.Decoder, [data])
    for offset in offsets:
        assert run(sse.Decoder, [data[:offset], data[offset:]]) == frames, offset
    whole = run(lambda: pipe(recording), [data])
    for offset in random.Random(7).sample(offsets, min(8, len(offsets))):
        assert run(lambda: pipe(recording), [data[:offset], data[offset:]]) == whole, offset
    if len(data) <= SMALL:
        assert run(lambda: pipe(recording), [data[at : at + 1] for at in range(len(data))]) == whole


@pytest.mark.parametrize("recording", good(WHOLE))
def test_recorded_reply_comes_out_as_it_was_said(recording: Recording) -> None:
    asked = request(recording)
    events = list(codec(recording).read_reply(asked, target(recording), recording.body))
    recorded = oracle.recorded_reply(recording.body)
    if recorded.error:
        [failed] = events
        assert isinstance(failed, Failed) and recorded.error in failed.fault.message
        return
    same(oracle.our_reply(fold(asked, events, IDS)), recorded)


@pytest.mark.parametrize("recording", good(WHOLE))
def test_recorded_reply_says_the_same_to_a_client_that_wants_a_stream(recording: Recording) -> None:
    recorded = oracle.recorded_reply(recording.body)
    if recorded.error:
        return
    asked = request(recording)
    made = encoder(asked, IDS)
    chunks = made.feed(flatten(codec(recording).read_reply(asked, target(recording), recording.body)))
    recorded.usage = {}
    same(oracle.our_stream(b"".join([*chunks, *made.end()])), recorded)


@pytest.mark.parametrize("recording", good(("embeddings",)))
def test_recorded_embeddings_come_out_as_they_were(recording: Recording) -> None:
    asked = request(recording)
    events = list(codec(recording).read_reply(asked, target(recording), recording.body))
    document = json.loads(recording.body)
    given = [item["embedding"] for item in document["data"]]
    vectors = [item for item in flatten(events) if isinstance(item, Vector)]
    assert [one.index for one in vectors] == list(range(len(given)))
    out = json.loads(fold(asked, events, IDS))
    for vector, values, shown in zip(vectors, given, out["data"], strict=True):
        if isinstance(values, list):
            assert list(vector.values) == values == shown["embedding"]
        else:
            assert isinstance(vector.values, tuple) and all(-128 <= value <= 127 for value in vector.values)
            assert shown["embedding"] == list(vector.values)
    assert out["usage"]["prompt_tokens"] == document["usage"]["prompt_tokens"]


@pytest.mark.parametrize("recording", failed((*STREAMS, *WHOLE, "embeddings")))
def test_recorded_error_keeps_its_status_and_message(recording: Recording) -> None:
    fault = DIALECTS["openai"].read_error(recording.status, recording.headers, recording.body)
    document = json.loads(recording.body)
    [document] = document if isinstance(document, list) else [document]
    error = document.get("error") or document
    message = error if isinstance(error, str) else error["message"]
    assert (fault.status, fault.message) == (recording.status, message.strip())
    if isinstance(error, dict):
        assert fault.type == (error.get("type") or fault.type)
        assert fault.code in (None if error["code"] is None else str(error["code"]), error.get("status"))


def test_what_follows_the_dialect_passes_verbatim() -> None:
    """OpenAI's own frames are not touched, nor is a whole reply of any provider that has no oddity."""
    for recording in recordings(["openai"], STREAMS):
        if "moonshotai" in recording.model or "llm.test-tools" in recording.name:
            continue  # recorded from OpenRouter under OpenAI's name
        out = streamed(recording.id, bool(oracle.recorded_stream(recording.body).usage))
        assert oracle.data_lines(out) == oracle.data_lines(recording.body)
    for recording in recordings(["openai", "deepseek", "together", "venice", "xai"], WHOLE):
        if recording.status == 200:
            [passed] = codec(recording).read_reply(request(recording), target(recording), recording.body)
            assert isinstance(passed, Passed) and passed.data == recording.body.strip()


def is_known(problem: str, kind: Kind) -> bool:
    """OpenAI itself streams completions with a null reason, which its client's types do not know; and a file that
    OpenRouter has read is an annotation of its own, which is to be sent back as it is."""
    return (kind == "completions-stream" and "finish_reason" in problem) or "annotations.0.type" in problem


def test_official_client_reads_every_output_without_a_complaint() -> None:
    replies: list[Reply] = []
    names: list[str] = []
    for recording in BY_ID.values():
        kind: Kind = recording.kind  # type: ignore[assignment]
        if recording.streamed:
            outputs = [streamed(recording.id, True), streamed(recording.id, False)]
        else:
            asked = request(recording)
            events = list(codec(recording).read_reply(asked, target(recording), recording.body))
            outputs = [] if isinstance(events[0], Failed) else [fold(asked, events, IDS)]
        replies += [Reply(kind, output) for output in outputs]
        names += [recording.id] * len(outputs)
    for name, reply, parsed in zip(names, replies, parsed_by_openai(replies), strict=True):
        broken = b'data: {"error"' in reply.body
        assert (parsed.error != "") == broken, (name, parsed.error)
        assert [problem for problem in parsed.invalid if not is_known(problem, reply.kind)] == [], name
        if parsed.final and not broken:
            told = oracle.our_stream(reply.body)
            for choice in parsed.final["choices"]:
                known = told.choices[choice["index"]]
                assert (choice["message"].get("content") or "") == known.text, name
                calls = choice["message"].get("tool_calls") or []
                assert [call["function"]["arguments"] for call in calls] == [call.arguments for call in known.calls]
