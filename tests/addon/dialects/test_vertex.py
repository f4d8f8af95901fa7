"""Vertex AI's dialect as a whole: recorded replies of Gemini come out equal, however they were cut; requests are what
google-genai and Anthropic's SDK would send.

Claude's replies on Vertex were never recorded: they are Anthropic's, whose recordings go through here as well.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from addon.attempts import Send, Served, Terms, attempts
from addon.canon.codec import BadKey
from addon.canon.events import Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS, anthropic, gemini
from addon.dialects.vertex import DIALECT, media_type, takes_url
from addon.plan import Means, candidate
from addon.translation import Reply
from tests.addon.dialects.credentials import TOKEN_URI, service_account
from tests.addon.dialects.genai_traffic import Call, sent_by_genai
from tests.addon.dialects.native import (
    PIXEL,
    USER,
    WEATHER,
    Reading,
    Said,
    call,
    chat,
    document,
    embedding,
    misfits,
    read_by_openai,
    result,
    said_by,
    said_in,
)
from tests.addon.dialects.vertex_oracle import expected
from tests.builders import caller, channel, snapshot
from tests.recordings import Recording, cases, recordings

TARGET = Target("", service_account(), "gemini-2.5-flash", now=1_800_000_000, config={"region": "us-central1"})
CLAUDE = replace(TARGET, model="claude-sonnet-4-5-20250929")
LLAMA = replace(TARGET, model="meta/llama-4-maverick-17b-128e-instruct-maas")
EXPRESS = replace(TARGET, key="fake-api-key", config={})
READING = Reading(DIALECT, TARGET)
ROOT = "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/fake-project/locations/us-central1"


def build(request: Any, target: Target = TARGET) -> Any:
    return DIALECT.codecs[Endpoint.CHAT].build(request, target)


# -- recordings -----------------------------------------------------------------------------------------------------


def ends(recording: Recording) -> bool:
    """Whether somebody says why the reply has ended. One edited stream does not: it looks as if it had been cut."""
    return b"finishReason" in recording.body or b"blockReason" in recording.body


GOOD = [one for one in recordings(["vertex"], ["chat", "chat-stream"]) if one.status == 200 and ends(one)]


def reported(said: Said, recording: Recording) -> Said:
    """Where Google counts nothing, the pipe does; those numbers are the meter's business."""
    if b"TokenCount" not in recording.body:
        said.usage = {}
    return said


@pytest.mark.parametrize("recording", cases(["vertex"], ["chat", "chat-stream"]))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording.status != 200:
        fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
        assert fault.message == json.loads(recording.body)["error"]["message"]
    elif not ends(recording):
        pipe = READING.pipe()
        out = b"".join([*pipe.feed(recording.body), *pipe.close()])
        assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT
        assert b"banana plants." in out and b'"finish_reason":"stop"' not in out
    elif recording.streamed:
        assert reported(said_in(READING.streamed(recording.body)), recording) == expected(recording)
    else:
        assert reported(said_by(READING.whole(recording.body)), recording) == expected(recording)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert reported(said_in(READING.split(recording)), recording) == expected(recording)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if one.streamed is streamed]
    bodies = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        said = expected(recording)
        assert (read.text, read.calls, read.finish) == (said.text, said.calls, said.finish), recording.id


def test_claudes_replies_are_anthropics() -> None:
    for model in ("claude-sonnet-4-5", "claude-opus-5"):
        ours = Reading(DIALECT, replace(TARGET, model=model))
        theirs = Reading(anthropic.DIALECT, replace(TARGET, model=model))
        for one in recordings(["anthropic"], ["chat", "chat-stream"]):
            if "/v1/messages" in one.url and one.status == 200 and not one.own:
                streamed = one.streamed
                assert (ours.streamed if streamed else ours.whole)(one.body) == (
                    theirs.streamed if streamed else theirs.whole
                )(one.body)


@pytest.mark.parametrize(
    ("status", "kind", "client_status", "code"),
    [
        ("missing-model", FaultKind.NOT_FOUND, 404, "model_not_found"),
        ("failure-api-key", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        ("quota-exceeded", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
    ],
)
def test_recorded_errors_have_their_meaning(status: str, kind: FaultKind, client_status: int, code: str) -> None:
    for recording in recordings(["vertex"], ["chat", "chat-stream"]):
        if status in recording.name:
            fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
            assert (fault.kind, fault.status, fault.code) == (kind, client_status, code)


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
            FaultKind.BAD_KEY,
            "Google gave no access token for the channel's credentials: Invalid JWT Signature.",
        ),
        (
            401,
            {"error": "invalid_client"},
            FaultKind.BAD_KEY,
            "Google gave no access token for the channel's credentials: invalid_client",
        ),
        (
            529,
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            FaultKind.OVERLOADED,
            "Overloaded",
        ),
        (
            401,
            {"error": {"code": 401, "message": "bad token", "status": "UNAUTHENTICATED"}},
            FaultKind.BAD_KEY,
            "bad token",
        ),
        (400, [{"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}], FaultKind.BAD_REQUEST, "no"),
        (503, "no json", FaultKind.OVERLOADED, "Gemini answered with status 503."),
    ],
)
def test_errors_of_google_and_of_anthropic_are_told_apart(status: int, body: Any, kind: FaultKind, said: str) -> None:
    raw = b"<html>" if body == "no json" else json.dumps(body).encode()
    fault = DIALECT.read_error(status, {}, raw)
    assert (fault.kind, fault.message) == (kind, said)


# -- requests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-2.5-flash", False, "publishers/google/models/gemini-2.5-flash:generateContent"),
        ("gemini-2.5-flash", True, "publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        ("claude-sonnet-4-5-20250929", False, "publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict"),
        ("claude-opus-4-5@20251101", True, "publishers/anthropic/models/claude-opus-4-5@20251101:streamRawPredict"),
        ("claude-opus-5", True, "publishers/anthropic/models/claude-opus-5:streamRawPredict"),
        ("claude-3-5-sonnet-20241022", False, "publishers/anthropic/models/claude-3-5-sonnet-v2@20241022:rawPredict"),
        ("claude-3-haiku-latest", False, "publishers/anthropic/models/claude-3-haiku:rawPredict"),
        ("meta/llama-4-maverick-17b-128e-instruct-maas", True, "endpoints/openapi/chat/completions"),
        ("gemini-2.5?x", False, "publishers/google/models/gemini-2.5%3Fx:generateContent"),
    ],
)
def test_each_family_has_its_address(model: str, stream: bool, path: str) -> None:
    sent = build(chat(stream=stream), replace(TARGET, model=model))
    assert (sent.method, sent.url) == ("POST", f"{ROOT}/{path}")
    assert sent.secrets == (("authorization", "Bearer "),)


def test_geminis_document_is_geminis() -> None:
    request = chat({"role": "system", "content": "Be brief."}, USER, tools=[WEATHER], max_tokens=9)
    theirs = gemini.DIALECT.codecs[Endpoint.CHAT].build(request, TARGET)
    assert document(build(request)) == document(theirs)


def test_claudes_document_is_anthropics_with_vertexs_version() -> None:
    for stream in (False, True):
        assert document(build(chat(stream=stream, max_tokens=9), CLAUDE)) == {
            "anthropic_version": "vertex-2023-10-16",
            "max_tokens": 9,
            "stream": stream,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        }


def test_an_open_models_document_is_openais() -> None:
    assert document(build(chat(), LLAMA)) == {"model": LLAMA.model, "messages": [USER]}
    said = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}
    reading = Reading(DIALECT, LLAMA)
    assert said_by(reading.whole(json.dumps(said | {"id": "x", "object": "chat.completion"}).encode())).text == "Hi"


def test_an_api_key_needs_no_project_for_gemini() -> None:
    sent = build(chat(), EXPRESS)
    assert sent.url == (
        "https://aiplatform.googleapis.com/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent"
    )
    assert sent.secrets == (("x-goog-api-key", "fake-api-key"),)


@pytest.mark.parametrize("target", [CLAUDE, LLAMA])
def test_other_models_need_a_project(target: Target) -> None:
    with pytest.raises(BadKey, match="project"):
        build(chat(), replace(EXPRESS, model=target.model))


def content(**part: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": "Look"}, part]}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("gs://bucket/a.png", "image/png"),
        ("https://example.com/a.webp?x=1", "image/webp"),
        ("https://example.com/picture", "image/jpeg"),
        ("https://www.youtube.com/watch?v=x", "video/mp4"),
        ("https://youtu.be/x", "video/mp4"),
    ],
)
def test_an_address_has_its_media_type(url: str, kind: str) -> None:
    [turn] = document(build(chat(content(type="image_url", image_url={"url": url}))))["contents"]
    assert turn["parts"][1] == {"fileData": {"fileUri": url, "mimeType": kind}}
    assert media_type(url) == kind


def test_an_address_in_a_tools_result_has_one_too() -> None:
    picture = {"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}}
    said = {"role": "assistant", "tool_calls": [call("c", "f", "{}")]}
    target = replace(TARGET, model="gemini-3.5-flash")
    [*_, turn] = document(build(chat(USER, said, result("c", [picture])), target))["contents"]
    [part] = turn["parts"][0]["functionResponse"]["parts"]
    assert part == {"fileData": {"fileUri": "gs://bucket/a.png", "mimeType": "image/png"}}


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("gs://bucket/a.png", True),
        ("https://www.youtube.com/watch?v=x", True),
        ("https://example.com/a.png", False),
    ],
)
def test_only_what_nobody_else_can_fetch_is_left_to_google(url: str, taken: bool) -> None:
    assert takes_url(url) is taken
    assert DIALECT.codecs[Endpoint.CHAT].inline_urls


def test_files_of_other_apis_are_refused() -> None:
    with pytest.raises(CannotCarry, match="gs://") as told:
        build(chat(content(type="file", file={"file_id": "file-1"})))
    assert told.value.param == "messages[0].content[1]"
    [turn] = document(build(chat(content(type="file", file={"file_id": "gs://bucket/a.pdf"}))))["contents"]
    assert turn["parts"][1] == {"fileData": {"fileUri": "gs://bucket/a.pdf", "mimeType": "application/pdf"}}


REQUESTS = [
    chat(),
    chat(
        {"role": "system", "content": "Be brief."},
        content(type="image_url", image_url={"url": f"data:image/png;base64,{PIXEL}"}),
        {"role": "assistant", "content": "Wait.", "tool_calls": [call("c", "get_weather", '{"city":"Paris"}')]},
        result("c", "18 C"),
        tools=[WEATHER],
        tool_choice="required",
        max_tokens=9,
        temperature=0.5,
        stop=["END"],
        reasoning_effort="low",
    ),
    chat(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}),
]


def test_documents_fit_the_request_types_of_the_sdks() -> None:
    found = [("gemini", document(build(request))) for request in REQUESTS]
    for request in REQUESTS:
        body = document(build(request, CLAUDE))
        assert body.pop("anthropic_version") == "vertex-2023-10-16"
        body.pop("temperature", None)  # the SDK is one for the version that has none any more
        found.append(("anthropic", {"model": "claude-sonnet-4-5", **body}))
    assert misfits(found) == []


def genai_call(place: dict[str, str], sent: Any) -> Call:
    """The call that should send this document."""
    config = {name: value for name, value in sent.items() if name not in ("contents", "generationConfig")}
    config |= sent.get("generationConfig", {})
    return place, "generate_content", {"model": TARGET.model, "contents": sent["contents"], "config": config}


def test_google_genai_sends_the_same() -> None:
    """To the same address as well, for each kind of place."""
    places: list[tuple[dict[str, str], Target]] = [
        ({"project": "fake-project", "location": region}, replace(TARGET, config={"region": region}))
        for region in ("us-central1", "global", "eu")
    ]
    places.append(({"api_key": "fake-api-key"}, EXPRESS))
    given = [(place, build(request, target)) for place, target in places for request in REQUESTS]
    theirs = sent_by_genai([genai_call(place, document(sent)) for place, sent in given])
    for (_, sent), (url, data) in zip(given, theirs, strict=True):
        if not data["generationConfig"]:
            del data["generationConfig"]
        assert (sent.url, document(sent)) == (url, data)


# -- with its token -----------------------------------------------------------------------------------------------


def running(request: Any, model: str, tokens: dict[str, tuple[str, float]]) -> Any:
    one = channel(type=42, key=service_account(), models=(model,), base_url="http://127.0.0.1:9")
    chosen = candidate(
        snapshot(channels=[one]), caller(), one, request.endpoint, model, Means(DIALECTS, {}), TARGET.now
    )
    assert chosen is not None
    return attempts(request, (chosen,), Terms(retries=0, id="r1", now=TARGET.now, prompt_estimate=9, minted=tokens))


JSON = {"content-type": "application/json"}
TOKEN = Reply(200, JSON, b'{"access_token":"ya29.fake","expires_in":3599,"token_type":"Bearer"}')


def test_the_token_is_fetched_once_and_goes_along() -> None:
    tokens: dict[str, tuple[str, float]] = {}
    steps = running(embedding(["a"]), "gemini-embedding-001", tokens)
    step = next(steps)
    assert isinstance(step, Send) and step.outbound.url == TOKEN_URI
    step = steps.send(TOKEN)
    assert step.outbound.secrets == (("authorization", "Bearer ya29.fake"),)
    answer = steps.send(Reply(200, JSON, b'{"embedding":{"values":[0.5]},"usageMetadata":{"promptTokenCount":3}}'))
    assert isinstance(answer, Served)
    reply = json.loads(answer.translated.body)
    assert (reply["data"][0]["embedding"], reply["usage"]["prompt_tokens"]) == ([0.5], 3)
    again = next(running(chat(), "gemini-2.5-flash", tokens))
    assert again.outbound.secrets == (("authorization", "Bearer ya29.fake"),)


def test_vectors_are_read_from_the_document() -> None:
    sent = DIALECT.codecs[Endpoint.EMBEDDINGS].build(embedding("x"), replace(TARGET, model="text-embedding-005"))
    assert sent.url == f"{ROOT}/publishers/google/models/text-embedding-005:predict"
    body = b'{"predictions":[{"embeddings":{"values":[0.5]}}]}'
    found = DIALECT.codecs[Endpoint.EMBEDDINGS].read_reply(embedding("x"), TARGET, body)
    assert [event for event in found if isinstance(event, Vector)] == [Vector(0, (0.5,))]


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["vertex"] is DIALECT
    sound = {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS}
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.EMBEDDINGS, Endpoint.IMAGES, Endpoint.IMAGE_EDITS} | sound
