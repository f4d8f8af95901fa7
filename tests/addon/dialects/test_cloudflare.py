"""Workers AI's dialect as a whole, on both surfaces.

Traffic of the OpenAI-compatible one was recorded; of the native one none was: tests/recordings/cloudflare says from
which page each reply was written. Both are held to the oracle of OpenAI's dialect, native ones put into its words here.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.fault import FaultKind
from addon.canon.outbound import Quirks, Target
from addon.canon.request import CompletionRequest, Endpoint, ImageRequest
from addon.dialects import DIALECTS
from addon.dialects.cloudflare import DIALECT
from addon.face.decode import decode
from addon.face.encode import Ids, encoder, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire.sse import Decoder
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import chat, document, embedding, read_by_openai, said_by, said_in
from tests.recordings import Recording, cases, recordings

MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
API = "https://api.cloudflare.com"
GATEWAY = "https://gateway.ai.cloudflare.com/v1/acc/gate"
ACCOUNT = {"user_id": "0123456789abcdef0123456789abcdef"}
ROOT = f"{API}/client/v4/accounts/{ACCOUNT['user_id']}/ai"
KINDS = ("chat", "chat-stream")
WORK = Composed(DIALECT, Target(API, "fake", MODEL, config=ACCOUNT))
IDS = Ids(id="x", created=1, model="m")
GOOD = [one for one in recordings(["cloudflare"], KINDS) if one.status == 200 and "cut" not in one.name]


def target(base: str = API, native: bool = False, account: bool = True, **fields: Any) -> Target:
    config = {**(ACCOUNT if account else {}), **({"api_version": "run"} if native else {})}
    return Target(base, "fake", MODEL, config=config, **fields)


def in_openais_words(native: dict[str, Any], part: str) -> dict[str, Any]:
    """A native frame or result, as OpenAI would have said it."""
    if "choices" in native:
        return native
    calls = [
        {
            "id": "",
            "function": {"name": call["name"], "arguments": json.dumps(call["arguments"], separators=(",", ":"))},
        }
        for call in native.get("tool_calls", [])
    ]
    return {
        "choices": [
            {"index": 0, part: {"content": native.get("response"), "tool_calls": calls}, "finish_reason": None}
        ],
        "usage": native.get("usage"),
    }


def expected(recording: Recording) -> oracle.Told:
    if "native" not in recording.name:
        return (oracle.recorded_stream if recording.streamed else oracle.recorded_reply)(recording.body)
    if recording.streamed:
        lines = [line[6:] for line in recording.body.decode().split("\n") if line.startswith("data: {")]
        chunks = [json.dumps(in_openais_words(json.loads(line), "delta")) for line in lines]
        return ended(oracle.recorded_stream("".join(f"data: {one}\n\n" for one in [*chunks, "[DONE]"]).encode()))
    reply = in_openais_words(json.loads(recording.body)["result"], "message")
    return ended(oracle.recorded_reply(json.dumps(reply).encode()))


def ended(told: oracle.Told) -> oracle.Told:
    """Native replies do not say why they end."""
    for choice in told.choices.values():
        choice.finish = choice.finish or ("tool_calls" if choice.calls else "stop")
    return told


@pytest.mark.parametrize("recording", cases(["cloudflare"], KINDS))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording not in GOOD:
        assert recording.own
        return
    assert_same(WORK.told(recording), expected(recording))
    if recording.streamed:
        assert_same(WORK.told_at_every_cut(recording), expected(recording))


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_native_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if one.streamed is streamed and "native" in one.name]
    bodies = [WORK.streamed(one.body) if streamed else WORK.whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        [choice] = expected(recording).choices.values()
        assert (read.text, read.finish) == (choice.text, choice.finish), recording.id
        assert [call[0] for call in read.calls] == [call.name for call in choice.calls], recording.id
        assert read.usage["total"] == 17, recording.id


def test_a_cut_native_stream_does_not_look_complete() -> None:
    [recording] = [one for one in recordings(["cloudflare"], ["chat-stream"]) if "cut" in one.name]
    pipe = WORK.pipe()
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT
    assert b'"finish_reason":"stop"' not in out


def test_native_calls_may_have_openais_form_already() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = json.dumps({"result": {"response": None, "tool_calls": [call]}, "success": True}).encode()
    assert said_by(WORK.whole(body)).calls == [("f", {})]


def test_json_mode_may_answer_with_an_object_in_a_stream() -> None:
    out = WORK.streamed(b'data: {"response":{"age":3}}\n\ndata: [DONE]\n\n')
    assert json.loads(said_in(out).text) == {"age": 3}


def test_a_result_without_a_response_is_garbage_and_a_failure_is_one() -> None:
    with pytest.raises(ValueError, match="without a response"):
        WORK.events(b'{"result":{"image":"x"},"success":true}')
    fault = WORK.fault(b'{"result":null,"success":false,"errors":[{"code":5007,"message":"No such model"}]}')
    assert fault.kind is FaultKind.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("unknown-model", FaultKind.NOT_FOUND, 404),
        ("free-quota-used-up", FaultKind.OUT_OF_BALANCE, 429),
        ("out-of-capacity", FaultKind.OVERLOADED, 503),
        ("bad-key", FaultKind.BAD_KEY, 401),
    ],
)
def test_an_error_keeps_its_message(name: str, kind: FaultKind, status: int) -> None:
    [recording] = [one for one in recordings(["cloudflare"], ["chat"]) if one.name == f"chat.{name}"]
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (fault.kind, fault.status) == (kind, status)
    assert fault.message == json.loads(recording.body)["errors"][0]["message"]


@pytest.mark.parametrize(
    ("base", "account", "compatible", "native"),
    [
        (API, True, f"{ROOT}/v1/chat/completions", f"{ROOT}/run/{MODEL}"),
        (f"{API}/client/v4", True, f"{ROOT}/v1/chat/completions", f"{ROOT}/run/{MODEL}"),
        (ROOT, False, f"{ROOT}/v1/chat/completions", f"{ROOT}/run/{MODEL}"),
        (f"{ROOT}/v1", False, f"{ROOT}/v1/chat/completions", f"{ROOT}/run/{MODEL}"),
        (GATEWAY, False, f"{GATEWAY}/workers-ai/v1/chat/completions", f"{GATEWAY}/workers-ai/{MODEL}"),
        (f"{GATEWAY}/workers-ai", False, f"{GATEWAY}/workers-ai/v1/chat/completions", f"{GATEWAY}/workers-ai/{MODEL}"),
        (f"{GATEWAY}/compat", False, f"{GATEWAY}/compat/chat/completions", f"{GATEWAY}/workers-ai/{MODEL}"),
    ],
)
def test_addresses(base: str, account: bool, compatible: str, native: str) -> None:
    build = DIALECT.codecs[Endpoint.CHAT].build
    assert build(chat(), target(base, account=account)).url == compatible
    outbound = build(chat(), target(base, native=True, account=account))
    assert (outbound.url, outbound.secrets) == (native, (("authorization", "Bearer fake"),))


@pytest.mark.parametrize("account", ["", "a/b", "not one"])
def test_a_channel_without_its_account_says_what_it_needs(account: str) -> None:
    with pytest.raises(BadKey, match="32 hexadecimal digits"):
        DIALECT.codecs[Endpoint.CHAT].build(chat(), Target(API, "fake", MODEL, config={"user_id": account}))


def test_the_surface_is_openais_with_the_rows_quirks() -> None:
    quirks = Quirks(roles=(("developer", "system"),))
    made = document(
        DIALECT.codecs[Endpoint.CHAT].build(chat({"role": "developer", "content": "a"}), target(quirks=quirks))
    )
    assert made == {"model": MODEL, "messages": [{"role": "system", "content": "a"}]}


def completing(stream: bool) -> CompletionRequest:
    raw = json.dumps({"model": "m", "prompt": "a", "stream": stream}).encode()
    request = decode(Endpoint.COMPLETIONS, "application/json", raw)
    assert isinstance(request, CompletionRequest)
    return request


def test_completions_are_native() -> None:
    codec = DIALECT.codecs[Endpoint.COMPLETIONS]
    assert codec.build(completing(False), target()).url == f"{ROOT}/run/{MODEL}"
    whole = json.loads(fold(completing(False), codec.read_reply(completing(False), target(), NATIVE), IDS))
    assert whole["choices"][0] == {"index": 0, "text": "Hi", "logprobs": None, "finish_reason": "stop"}
    request = completing(True)
    assert codec.reader is not None
    pipe = Pipe(Decoder(), codec.reader(request, target()), encoder(request, IDS), Meter("m"))
    out = b"".join(
        [*pipe.feed(b'data: {"response":"Hi"}\n\ndata: {"response":{"a":1}}\n\ndata: [DONE]\n\n'), *pipe.close()]
    )
    chunks = [json.loads(line[6:]) for line in out.decode().split("\n\n") if line.startswith("data: {")]
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == 'Hi{"a":1}'


NATIVE = (
    b'{"result":{"response":"Hi","usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}},"success":true}'
)


def test_embeddings_of_both_surfaces() -> None:
    codec, request = DIALECT.codecs[Endpoint.EMBEDDINGS], embedding(["a", "b"])
    assert codec.build(request, target()).url == f"{ROOT}/v1/embeddings"
    assert document(codec.build(request, target(native=True))) == {"text": ["a", "b"]}
    [recording] = recordings(["cloudflare"], ["embeddings"])
    found = json.loads(fold(request, codec.read_reply(request, target(), recording.body), IDS))
    assert [item["embedding"] for item in found["data"]] == [[0.25, -0.5], [1, 0.125]]


def test_several_pictures_are_several_calls() -> None:
    codec = DIALECT.codecs[Endpoint.IMAGES]
    request = decode(Endpoint.IMAGES, "application/json", b'{"model":"m","prompt":"a cat","n":2,"seed":1}')
    assert isinstance(request, ImageRequest) and codec.follow_up is not None and codec.gathers
    assert document(codec.build(request, target()))["seed"] == 1
    again = codec.follow_up(request, target(), b"\x89PNG", 1)
    assert again is not None and document(again.outbound)["seed"] == 2
    assert codec.follow_up(request, target(), b"\x89PNG", 2) is None
    assert len(list(codec.read_reply(request, target(), b'["aa","bb"]'))) == 4


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["cloudflare"] is DIALECT
    sound = {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS}
    texts, pictures = (
        {Endpoint.CHAT, Endpoint.COMPLETIONS, Endpoint.EMBEDDINGS},
        {Endpoint.IMAGES, Endpoint.IMAGE_EDITS},
    )
    assert set(DIALECT.codecs) == texts | pictures | sound
