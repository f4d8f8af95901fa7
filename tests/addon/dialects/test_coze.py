"""Coze v3: what is sent, held against what Coze's own SDK sends; what its streams say; its errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Ended, Event, Failed, Finished, ReasoningDelta, Started, TextDelta, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.coze import DIALECT, StreamReader
from addon.face.decode import decode
from addon.face.encode import Ids, encoder, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire import sse
from tests.addon.dialects import native
from tests.clients import Reply, ask, parsed_by_openai
from tests.recordings import Recording, cases
from tests.splits import same_at_every_split

CODEC = DIALECT.codecs[Endpoint.CHAT]
# The article's script: one system message, and knobs that a bot does not have.
SCRIPT = {
    "messages": [{"role": "system", "content": "Who are you?"}],
    "temperature": 0.8,
    "top_p": 1,
    "max_tokens": 1024,
    "stream": True,
}
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": "https://x.example/cat.png"}},
        ],
    },
]


def target(**fields: Any) -> Target:
    known = {"base_url": "https://api.coze.com", "key": "pat_fake", "model": "bot-7379462189365198898"}
    return Target(**(known | fields))


def built(document: dict[str, Any], **fields: Any) -> Outbound:
    raw = json.dumps({"model": "m", **document}).encode()
    return CODEC.build(decode(Endpoint.CHAT, "application/json", raw), target(**fields))


def messages(document: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(built(document, **fields).body)["additional_messages"]
    return made


def question(text: str) -> dict[str, str]:
    return {"role": "user", "type": "question", "content": text, "content_type": "text"}


def test_build_sends_the_articles_script_as_a_question() -> None:
    outbound = built(SCRIPT, config={"user_id": "u1"})
    assert (outbound.method, outbound.url) == ("POST", "https://api.coze.com/v3/chat")
    assert dict(outbound.headers) == {"content-type": "application/json", "accept": "text/event-stream"}
    assert outbound.secrets == (("authorization", "Bearer pat_fake"),)
    assert json.loads(outbound.body) == {
        "bot_id": "7379462189365198898",
        "user_id": "u1",
        "stream": True,
        "auto_save_history": True,
        "additional_messages": [question("Who are you?")],
    }


def test_build_asks_for_a_stream_whatever_the_client_wants() -> None:
    assert json.loads(built({**SCRIPT, "stream": False}).body)["stream"] is True


def test_build_names_the_user() -> None:
    assert json.loads(built({**SCRIPT, "user": "ada"}).body)["user_id"] == "ada"
    assert json.loads(built(SCRIPT, model="123").body)["user_id"] == "one-api"
    assert json.loads(built(SCRIPT, model="123").body)["bot_id"] == "123"


SDK = """
import json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from cozepy import Coze, Message, MessageObjectString, TokenAuth

seen = []

class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        seen.append({"path": self.path, "authorization": self.headers["authorization"],
                     "content-type": self.headers["content-type"], "body": json.loads(body)})
        answer = b'event:done\\ndata:"[DONE]"\\n\\n'
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *args):
        pass

def message(given):
    kind, role, content = given
    if kind == "objects":
        return Message.build_user_question_objects([MessageObjectString(**part) for part in content])
    return Message.build_user_question_text(content) if role == "user" else Message.build_assistant_answer(content)

server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
coze = Coze(auth=TokenAuth("pat_fake"), base_url=f"http://127.0.0.1:{server.server_port}")
for case in json.load(sys.stdin):
    list(coze.chat.stream(bot_id=case["bot_id"], user_id=case["user_id"],
                          additional_messages=[message(one) for one in case["messages"]]))
server.shutdown()
print(json.dumps(seen))
"""


def test_build_sends_what_cozes_own_sdk_sends() -> None:
    parts = [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "What is it?"},
        {"type": "image", "file_url": "https://x.example/cat.png"},
    ]
    mixed = {"messages": [TALK[0], TALK[3]]}
    plain = {"messages": TALK[:3]}
    spoken = [["text", "user", "Be brief.\n\nHi"], ["text", "assistant", "Hello"]]
    inputs = [
        {"bot_id": "7379462189365198898", "user_id": "u1", "messages": [["objects", "user", parts]]},
        {"bot_id": "7379462189365198898", "user_id": "u1", "messages": spoken},
    ]
    for seen, document in zip(ask(SDK, inputs), (mixed, plain), strict=True):
        outbound = built(document, config={"user_id": "u1"})
        ours = json.loads(outbound.body)
        assert seen["path"] == "/v3/chat?conversation_id="  # a new conversation: the parameter may be left out
        assert outbound.url.endswith("/v3/chat")
        assert dict(outbound.secrets)["authorization"] == seen["authorization"]
        assert dict(outbound.headers)["content-type"] == seen["content-type"]
        theirs = without_nulls(seen["body"])
        for one in (*ours["additional_messages"], *theirs["additional_messages"]):
            if one["content_type"] == "object_string":
                one["content"] = without_nulls(json.loads(one["content"]))
        assert ours == theirs


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def test_build_refuses_what_no_bot_takes() -> None:
    with pytest.raises(CannotCarry) as refused:
        built({"messages": [*TALK[:3], {"role": "tool", "tool_call_id": "a", "content": "1"}]})
    assert refused.value.param == "messages[3].tool_call_id"


def run(body: bytes, stream: bool = True) -> bytes:
    made = pipe(stream)
    out = b"".join([*made.feed(body), *made.close()])
    assert made.fault is None
    return out


def pipe(stream: bool = True) -> Pipe:
    request = native.chat(stream=True, stream_options={"include_usage": True})
    assert CODEC.reader is not None
    return Pipe(sse.Decoder(), CODEC.reader(request, target()), encoder(request, Ids("chatcmpl-x", 5, "m")), Meter("m"))


def spoken(body: bytes) -> tuple[str, dict[str, int] | None]:
    """What a recording says, straight from its bytes: the deltas' text, and the usage at its end."""
    text, usage = "", None
    for block in body.decode().replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(":", 1) for line in block.split("\n") if line)
        event, data = lines["event"].strip(), lines["data"].strip()
        if event == "conversation.message.delta":
            text += json.loads(data)["content"]
        elif event == "conversation.chat.completed":
            counts = json.loads(data)["usage"]
            usage = {name: counts[f"{theirs}_count"] for name, theirs in COUNTS.items()}
    return text, usage


COUNTS = {"prompt_tokens": "input", "completion_tokens": "output", "total_tokens": "token"}


@pytest.mark.parametrize("recording", cases(["coze"], ["chat-stream"]))
def test_recorded_stream_comes_out_as_it_was_said(recording: Recording) -> None:
    if "failed" in recording.name:
        made = pipe()
        assert [*made.feed(recording.body), *made.close()] == []
        assert made.fault is not None
        assert (made.fault.message, made.fault.code) == ("event interval error", "5000")
        return
    text, usage = spoken(recording.body)
    documents = [
        json.loads(line[6:]) for line in run(recording.body).decode().split("\n\n") if line.startswith("data: {")
    ]
    choices = [choice for document in documents for choice in document["choices"]]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == text
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["stop"]
    assert {name: documents[-1]["usage"][name] for name in COUNTS} == usage
    [parsed] = parsed_by_openai([Reply("chat-stream", run(recording.body))])
    assert (parsed.error, parsed.invalid) == ("", [])


@pytest.mark.parametrize("recording", cases(["coze"], ["chat-stream"]))
def test_recorded_stream_gives_the_same_bytes_however_it_is_cut(recording: Recording) -> None:
    same_at_every_split(pipe, recording.body)


@pytest.mark.parametrize("recording", cases(["coze"], ["chat-stream"]))
def test_recorded_stream_is_folded_for_a_client_that_wants_none(recording: Recording) -> None:
    if "failed" in recording.name:
        return
    text, usage = spoken(recording.body)
    reader, frames = StreamReader(), run_frames(recording.body)
    events = [event for frame in frames for event in reader.read(frame)]
    reply = json.loads(fold(native.chat(), events, Ids("chatcmpl-x", 5, "m"), streamed=True))
    assert reply["choices"][0]["message"]["content"] == text
    assert {name: reply["usage"][name] for name in COUNTS} == usage


def run_frames(body: bytes) -> list[Frame]:
    decoder = sse.Decoder()
    return [*decoder.feed(body), *decoder.close()]


def read(*frames: tuple[str, Any]) -> list[Event]:
    reader = StreamReader()
    events = [event for name, data in frames for event in reader.read(Frame(json.dumps(data).encode(), name))]
    return [*events, *reader.close()]


def answer(content: str, id: str = "1", **fields: Any) -> dict[str, Any]:
    return {"id": id, "role": "assistant", "type": "answer", "content": content, "content_type": "text", **fields}


def test_read_tells_a_whole_chat() -> None:
    usage = {"token_count": 3, "output_count": 1, "input_count": 2}
    assert read(
        ("conversation.chat.created", {"id": "c1", "created_at": 7}),
        ("conversation.chat.in_progress", {"id": "c1"}),
        ("conversation.message.delta", answer("", reasoning_content="Hm")),
        ("conversation.message.delta", answer("Hi")),
        ("conversation.audio.delta", answer("AAAA", content_type="audio")),
        ("conversation.message.delta", answer("a card", content_type="card")),
        ("conversation.message.delta", {**answer("searching"), "type": "function_call"}),
        ("conversation.message.completed", answer("Hi")),
        ("conversation.message.completed", {**answer("{}", "2"), "type": "verbose"}),
        ("conversation.message.completed", {**answer("And then?", "3"), "type": "follow_up"}),
        ("conversation.message.completed", answer("not streamed", "4")),
        ("conversation.chat.completed", {"id": "c1", "usage": usage}),
        ("done", "[DONE]"),
    ) == [
        Started(id="c1", created=7),
        ReasoningDelta("Hm"),
        TextDelta("Hi"),
        TextDelta("not streamed"),
        UsageReported(Usage(prompt=2, completion=1, total=3)),
        Finished("stop"),
        Ended(),
    ]


def test_read_reports_no_usage_where_coze_counts_nothing() -> None:
    assert read(("conversation.chat.completed", {"usage": {"token_count": 0}})) == [Finished("stop")]
    assert read(("conversation.chat.completed", {})) == [Finished("stop")]


def test_read_hands_the_bots_calls_to_the_client() -> None:
    calls = [
        {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
        {"id": "t2", "type": "reply_message"},
        {"id": "t3", "type": "function", "function": {"name": "g"}},
    ]
    required = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
    chat = {"id": "34", "conversation_id": "12", "required_action": required, "usage": None}
    events = read(("conversation.chat.requires_action", chat))
    reply = json.loads(fold(native.chat(), events, Ids("chatcmpl-x", 5, "m"), streamed=True))
    assert reply["choices"][0]["finish_reason"] == "tool_calls"
    made = reply["choices"][0]["message"]["tool_calls"]
    assert [(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in made] == [
        ("coze_12_34_t1", "f", '{"a":1}'),
        ("coze_12_34_t3", "g", "{}"),
    ]


def test_a_workflow_that_asks_back_is_no_call() -> None:
    required = {"submit_tool_outputs": {"tool_calls": [{"id": "t", "type": "reply_message"}]}}
    chat = {"id": "34", "conversation_id": "12", "required_action": required}
    assert read(("conversation.chat.requires_action", chat)) == [Finished("stop")]


@pytest.mark.parametrize(
    ("event", "data", "kind", "message"),
    [
        ("conversation.chat.failed", {"last_error": {"code": 4028, "msg": "quota"}}, FaultKind.OUT_OF_BALANCE, "quota"),
        ("conversation.chat.failed", {}, FaultKind.SERVER_ERROR, "Coze reports an error without saying which"),
        ("conversation.chat.canceled", {}, FaultKind.SERVER_ERROR, "the chat was cancelled at Coze"),
        ("error", {"code": 4100, "msg": "authentication is invalid"}, FaultKind.BAD_KEY, "authentication is invalid"),
        ("error", {}, FaultKind.SERVER_ERROR, "Coze reports an error without saying which"),
        ("error", "boom", FaultKind.SERVER_ERROR, "boom"),
        ("", {"code": 4000, "msg": "bad"}, FaultKind.BAD_REQUEST, "bad"),
    ],
)
def test_read_fails_with_what_coze_says(event: str, data: Any, kind: FaultKind, message: str) -> None:
    [failed] = read((event, data))
    assert isinstance(failed, Failed)
    assert (failed.fault.kind, failed.fault.message) == (kind, message)


def test_read_takes_an_error_in_bare_text_and_ignores_what_is_new() -> None:
    [failed] = StreamReader().read(Frame(b"internal error", "error"))
    assert isinstance(failed, Failed) and failed.fault.message == "internal error"
    assert read(("conversation.something.new", {"id": "1"}), ("", {"id": 1})) == []


def test_read_reply_is_an_error_since_a_stream_was_asked_for() -> None:
    body = b'{"code":4100,"msg":"authentication is invalid","detail":{"logid":"2024"}}'
    [failed] = CODEC.read_reply(native.chat(), target(), body)
    assert isinstance(failed, Failed)
    assert (failed.fault.status, failed.fault.message) == (401, "authentication is invalid (logid 2024)")
    for garbage in (b'{"code":0,"data":{"id":"c1"}}', b"<html>"):
        with pytest.raises(ValueError):
            list(CODEC.read_reply(native.chat(), target(), garbage))


def test_old_bots_are_chosen_by_the_channels_version() -> None:
    old = {"config": {"api_version": "v2"}}
    assert built(SCRIPT, **old).url == "https://api.coze.com/open_api/v2/chat"
    assert CODEC.reader is not None
    reader = CODEC.reader(native.chat(), target(**old))
    assert list(reader.read(Frame(b'{"event":"done"}'))) == [Finished("stop"), Ended()]
    body = b'{"code":0,"messages":[{"type":"answer","content":"Hi"}]}'
    assert list(CODEC.read_reply(native.chat(), target(**old), body)) == [TextDelta("Hi"), Finished("stop")]
