"""DashScope as a whole: what was recorded comes out equal, however it was cut, and our requests are what its SDK sends.

Streamed calls, repeated text, errors behind text and rerank were never recorded: tests/recordings/dashscope says from
which page each was written.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.events import UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint, ImageRequest, Request, RerankRequest
from addon.dialects import DIALECTS
from addon.dialects.dashscope import DIALECT
from addon.face.encode import flatten
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import USER, WEATHER, call, chat, document, embedding, read_by_openai, result
from tests.addon.dialects.sdk_traffic import sent_by
from tests.recordings import Recording, cases, recordings

BASE = "https://dashscope.aliyuncs.com"
TARGET = Target(BASE, "sk-fake-key", "qwen-plus")
KINDS = ("chat", "chat-stream")
CUT_SHORT = ("cut-after", "deep-research")
"""Recordings that end before their answer does."""


def reading(recording: Recording) -> Composed:
    return Composed(DIALECT, Target(BASE, "sk-fake-key", recording.model or "qwen-plus"))


def plays_through(recording: Recording) -> bool:
    """Whether there is a whole answer in it."""
    whole = recording.status == 200 and b"event:error" not in recording.body
    return whole and not any(word in recording.name for word in CUT_SHORT)


GOOD = [found for found in recordings(["dashscope"], KINDS) if plays_through(found)]


def expected(recording: Recording) -> oracle.Told:
    """An oracle that shares nothing with the dialect."""
    told = oracle.Told()
    texts = oracle.data_lines(recording.body) if recording.streamed else [recording.body.decode()]
    for frame in map(json.loads, texts):
        note_usage(told, frame["usage"])
        output = frame["output"]
        for position, choice in enumerate(output.get("choices") or [{"message": {"content": output.get("text")}}]):
            known = told.choice(choice.get("index", position))
            if "mt-" in recording.model:
                known.text = ""  # each frame says all of it
            note(known, choice["message"])
            reason = choice.get("finish_reason", output.get("finish_reason"))
            known.finish = reason if reason != "null" else None
    return told


def note(known: oracle.Choice, message: dict[str, Any]) -> None:
    content = message.get("content") or ""
    known.text += content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
    known.reasoning += message.get("reasoning_content") or ""
    for one in message.get("tool_calls") or []:
        if one["index"] == len(known.calls):
            known.calls.append(oracle.Call(one["id"], one["function"]["name"]))
        known.calls[one["index"]].arguments += one["function"].get("arguments", "")


def note_usage(told: oracle.Told, usage: dict[str, Any]) -> None:
    for counts in usage.get("models", [usage] if "input_tokens" in usage else []):
        prompt, completion = counts["input_tokens"], counts["output_tokens"]
        told.usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    told.cached = usage.get("prompt_tokens_details", {}).get("cached_tokens", usage.get("cached_tokens", 0))
    told.thought = usage.get("output_tokens_details", {}).get("reasoning_tokens", 0)


@pytest.mark.parametrize("recording", cases(["dashscope"], KINDS))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording in GOOD:
        assert_same(reading(recording).told(recording), expected(recording))
    elif recording.status == 200:
        fault = reading(recording).fault_in_stream(recording.body)
        last = json.loads(oracle.data_lines(recording.body)[-1])
        assert fault.message == last.get("message", fault.message)
        assert fault.kind is {
            "InvalidParameter": FaultKind.BAD_REQUEST,
            "Throttling.RateQuota": FaultKind.RATE_LIMITED,
        }.get(last.get("code"), FaultKind.CUT)
    else:
        assert recording.status in (400, 401)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    short = shortened(recording)
    assert_same(reading(short).told_at_every_cut(short), expected(short))


def shortened(recording: Recording) -> Recording:
    """Hundreds of like frames at thousands of cuts would take minutes; the whole is read above."""
    frames = recording.body.split(b"\n\n")
    return recording if len(frames) < 100 else replace(recording, body=b"\n\n".join((*frames[:30], *frames[-10:])))


@pytest.mark.parametrize("streamed", [True, False])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    found = [one for one in GOOD if one.streamed == streamed]
    outputs = [reading(one).streamed(one.body) if streamed else reading(one).whole(one.body) for one in found]
    for recording, said in zip(found, read_by_openai(streamed, outputs), strict=True):
        wanted = expected(recording).choices[0]
        calls = [(one.name, json.loads(one.arguments)) for one in wanted.calls]
        assert (said.text, said.finish, said.calls) == (wanted.text, wanted.finish, calls), recording.id


@pytest.mark.parametrize("recording", cases(["dashscope"], ["chat", "task"]))
def test_a_recorded_error_keeps_its_message(recording: Recording) -> None:
    if recording.status == 200:
        return
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    told = json.loads(recording.body)
    assert (fault.message, fault.code) == (told["message"], told["code"])
    kinds = {"InvalidApiKey": FaultKind.BAD_KEY, "Arrearage": FaultKind.OUT_OF_BALANCE}
    assert fault.kind is kinds.get(told["code"], FaultKind.BAD_REQUEST)


@pytest.mark.parametrize("recording", cases(["dashscope"], ["embeddings"]))
def test_recorded_embeddings_come_out_equal(recording: Recording) -> None:
    codec = DIALECT.codecs[Endpoint.EMBEDDINGS]
    said = list(flatten(codec.read_reply(embedding("a"), TARGET, b"[" + recording.body + b"]")))
    told = json.loads(recording.body)
    wanted = {one["text_index"]: tuple(one["embedding"]) for one in told["output"]["embeddings"]}
    assert {one.index: one.values for one in said if isinstance(one, Vector)} == wanted
    assert [one.usage.prompt for one in said if isinstance(one, UsageReported)] == [told["usage"]["total_tokens"]]


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["dashscope"] is DIALECT
    assert set(DIALECT.codecs) == {
        Endpoint.CHAT,
        Endpoint.EMBEDDINGS,
        Endpoint.RERANK,
        Endpoint.IMAGES,
        Endpoint.IMAGE_EDITS,
        Endpoint.SPEECH,
        Endpoint.TRANSCRIPTIONS,
    }


# -- what its own SDK sends -------------------------------------------------------------------------------------------

SDK = """
import inspect, os, warnings
warnings.simplefilter("ignore")
import dashscope
from dashscope.aigc.image_generation import ImageGeneration
from dashscope.aigc.image_synthesis import ImageSynthesis

PLACES = {
    "text-generation/generation": (dashscope.Generation.call, ()),
    "multimodal-generation/generation": (dashscope.MultiModalConversation.call, ()),
    "image-generation/generation": (ImageGeneration.async_call, ()),
    "text2image/image-synthesis": (ImageSynthesis.async_call, ()),
    "image2image/image-synthesis": (ImageSynthesis.async_call, ()),
    "text-embedding/text-embedding": (dashscope.TextEmbedding.call, ()),
    "text-rerank/text-rerank": (dashscope.TextReRank.call, ()),
}

def call(host, case):
    path, body, streams = case["path"], case["body"], case["streams"]
    dashscope.base_http_api_url = "http://" + host + "/api/v1"
    dashscope.api_key = "sk-fake-key"
    place, _ = PLACES["/".join(path.split("/")[-2:])]
    known = set(inspect.signature(place).parameters)
    unknown = set(body["parameters"]) - known - set(case["extra"])
    assert not unknown, unknown
    asked = dict(body["input"])
    if "texts" in asked:
        asked["input"] = asked.pop("texts")
    options = dict(body["parameters"], **({"stream": True} if streams else {}))
    found = place(model=body["model"], **asked, **options)
    if streams:
        list(found)
"""
REPLY = {"output": {"choices": [], "task_id": "t", "task_status": "PENDING"}, "usage": {}, "request_id": "r"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}}
CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    USER,
    {"role": "assistant", "content": None, "tool_calls": [call("call_1", "get_weather", '{"city":"Oslo"}')]},
    result("call_1", "cold"),
]
NAMED = {"type": "function", "function": {"name": "get_weather"}}


def drawn(model: str, endpoint: Endpoint = Endpoint.IMAGES, **fields: Any) -> tuple[Request, str]:
    body = fields.pop("body", {})
    return ImageRequest(body, b"", "asked-for", "a cat", endpoint, **fields), model


ASKED: list[tuple[Request, str]] = [
    (chat(), "qwen-plus"),
    (chat(stream=True, temperature=0.3, top_p=0.9, max_tokens=9, seed=7, stop=["END"], top_k=3), "qwen-plus"),
    (chat(*CONVERSATION, tools=[WEATHER], tool_choice=NAMED, parallel_tool_calls=True), "qwen-plus-internet"),
    (chat(n=2, presence_penalty=0.5, logprobs=True, top_logprobs=2), "qwen-plus"),
    (chat(reasoning_effort="low", repetition_penalty=1.1, search_options={"forced_search": True}), "qwen3-32b"),
    (chat(response_format={"type": "json_object"}), "qwen-plus"),
    (chat({"role": "user", "content": [{"type": "text", "text": "What?"}, IMAGE]}, stream=True), "qwen-vl-plus"),
    (chat(*CONVERSATION, tools=[WEATHER], tool_choice="auto"), "qwen3.7-plus"),
    (embedding(["a", "b"]), "text-embedding-v4"),
    (embedding("a", dimensions=256, text_type="query"), "text-embedding-v4"),
    (RerankRequest({}, b"", "m", "q", ("a", "b"), top_n=1, return_documents=True), "gte-rerank-v2"),
    drawn("wanx2.1-t2i-turbo", n=2, size="1024x1024", seed=3, body={"seed": 3, "prompt_extend": True}),
    drawn("wan2.2-t2i-flash", negative_prompt="dogs", size="auto"),
    drawn("wan2.5-i2i-preview", Endpoint.IMAGE_EDITS, images=("https://images.example/cat.png",)),
    drawn("wanx2.1-imageedit", Endpoint.IMAGE_EDITS, images=("https://images.example/cat.png",)),
    drawn("wan2.6-t2i", n=2, size="1280x1280"),
    drawn("qwen-image-2.0", size="1024x1024", images=("https://images.example/cat.png",)),
]
TELEMETRY = {"x-dashscope-sdk-client", "x-dashscope-sdk-session-id"}
ELSEWHERE = ("parallel_tool_calls", "incremental_output", "repetition_penalty", "response_format", "size", "n")
"""Parameters that one class of the SDK names and another takes by any name."""


def ours(request: Request, model: str) -> Outbound:
    return DIALECT.codecs[request.endpoint].build(request, Target(BASE, "sk-fake-key", model))


def test_requests_are_what_the_sdk_sends() -> None:
    outbounds = [ours(request, model) for request, model in ASKED]
    asked = [
        {
            "path": one.url.removeprefix(BASE),
            "body": document(one),
            "streams": ("x-dashscope-sse", "enable") in one.headers,
            "extra": ELSEWHERE,
        }
        for one in outbounds
    ]
    for one, sent in zip(outbounds, sent_by(SDK, asked, REPLY), strict=True):
        assert sent.path == one.url.removeprefix(BASE)
        found = sent.document
        found.setdefault("parameters", {})
        found["parameters"].pop("is_async", None)  # a slip of the SDK's: the header says it
        assert found == document(one)
        assert sent.headers["authorization"] == dict(one.secrets)["authorization"]
        wanted = dict(one.headers)
        assert wanted.pop("content-type") in sent.headers["content-type"]
        assert {name: sent.headers.get(name) for name in wanted} == wanted
        switches = {name for name in sent.headers if name.startswith("x-dashscope-")} - TELEMETRY
        assert switches == {name for name in wanted if name.startswith("x-dashscope-")}
