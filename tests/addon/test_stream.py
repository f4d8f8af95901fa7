"""The mechanics that a running process cannot show: which command follows from which event, and what is left behind."""

import json
from collections.abc import Iterator

import pytest
from mitmproxy.connection import Server
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import Http1Client, HttpStream

from addon import stream
from addon.canon.realtime import accept_of
from addon.exchange import visits
from addon.hooks import OneAPI
from addon.stream import RelayStream
from addon.upstream import UpstreamHttp1Client
from tests.addon.conversation import LATER, Conversation
from tests.addon.house import KEY, ROOT_TOKEN, House

AUTH = {"authorization": f"Bearer {ROOT_TOKEN}"}
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
SAID = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def whole(document: object, status: int = 200) -> bytes:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def chunk(text: str | None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    data = b"data: " + json.dumps(frame).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM_END = chunk(None, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
FAILED = {"error": {"message": "down for a moment", "type": "server_error", "param": None, "code": None}}


@pytest.fixture
def talk(house: House) -> Conversation:
    """Three channels, all at one host and port."""
    for priority in (3, 2, 1):
        house.channel("gpt-4o", name=f"channel {priority}", priority=priority)
    return house.conversation()


def relay_streams(talk: Conversation) -> list[object]:
    return list(talk.layer.streams.values())


def test_a_whole_reply_is_passed_on_and_nothing_is_left(house: House, talk: Conversation) -> None:
    talk.ask(ASKED, **AUTH)
    (server,) = talk.opened
    assert server.address == ("upstream.example", 81)
    assert talk.sent[server].startswith(b"POST /v1/chat/completions HTTP/1.1\r\nhost: upstream.example:81\r\n")
    talk.answers(server, whole(SAID))
    assert talk.take().endswith(json.dumps(SAID).encode())
    assert relay_streams(talk) == []
    assert talk.hooks.count("response") == 1
    assert "error" not in talk.hooks
    assert house.holds() == []


def test_the_key_is_on_the_wire_and_never_in_the_flow(talk: Conversation) -> None:
    talk.ask(ASKED, **AUTH)
    (flow,) = talk.flows
    assert f"authorization: Bearer {KEY}".encode() in talk.sent[talk.opened[0]]
    assert KEY not in str(flow.get_state())
    assert ROOT_TOKEN not in str(flow.get_state())
    assert flow.request.pretty_url == "http://upstream.example:81/v1/chat/completions"


def test_a_further_attempt_starts_from_a_wake_up_only(talk: Conversation) -> None:
    """T1: mitmproxy's HTTP/1 client has not finished with the first one when its end is told."""
    talk.ask(ASKED, **AUTH)
    (server,) = talk.opened
    head, _, body = whole(FAILED, 503).partition(b"\r\n\r\n")
    talk.answers(server, head + b"\r\n\r\n")
    before = talk.sent[server]
    talk.answers(server, body)
    assert (talk.sent[server], talk.opened, talk.take()) == (before, [server], b"")
    talk.wake()
    assert talk.opened == [server]
    assert talk.sent[server].count(b"POST ") == 2
    talk.answers(server, whole(SAID))
    assert talk.take().startswith(b"HTTP/1.1 200 OK\r\n")
    assert not talk.soon


def test_late_events_of_an_abandoned_attempt_reach_nobody(talk: Conversation) -> None:
    """T5: a 103 is a fault, and its connection is closed; the real reply still arrives."""
    talk.ask(ASKED, **AUTH)
    (first,) = talk.opened
    talk.answers(first, b"HTTP/1.1 103 Early Hints\r\n\r\n" + whole(SAID))
    assert talk.closed == [first]
    assert talk.take() == b""
    talk.wake()
    second = talk.opened[1]
    talk.answers(second, whole({**SAID, "id": "chatcmpl-2"}))
    assert b"chatcmpl-2" in talk.take()
    assert relay_streams(talk) == []


def test_the_first_byte_with_meaning_commits(house: House, talk: Conversation) -> None:
    talk.ask({**ASKED, "stream": True}, **AUTH)
    (server,) = talk.opened
    talk.answers(server, STREAM_HEAD + chunk(None))
    assert talk.take() == b""
    talk.answers(server, chunk("hel"))
    shown = talk.take()
    assert shown.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
    assert shown.count(b"data: ") == 2
    talk.answers(server, chunk("lo") + STREAM_END)
    assert talk.take().endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert talk.hooks.count("responseheaders") == talk.hooks.count("response") == 1
    assert relay_streams(talk) == []
    assert house.rows()[0]["stream_end"] == "done"


def test_a_stream_that_is_cut_before_it_commits_gives_way(talk: Conversation) -> None:
    talk.ask({**ASKED, "stream": True}, **AUTH)
    talk.answers(talk.opened[0], STREAM_HEAD + chunk(None))
    talk.ends(talk.opened[0])
    assert talk.take() == b""
    talk.wake()
    talk.answers(talk.opened[1], STREAM_HEAD + chunk("hello") + STREAM_END)
    assert b"error" not in talk.take()


def test_a_stream_that_is_cut_after_its_last_word_is_whole(house: House, talk: Conversation) -> None:
    talk.ask({**ASKED, "stream": True}, **AUTH)
    talk.answers(talk.opened[0], STREAM_HEAD + chunk("hello") + chunk(None, "stop"))
    talk.ends(talk.opened[0])
    assert talk.take().endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert house.rows()[0]["stream_end"] == "done"


def test_an_error_in_the_middle_ends_the_stream_and_lets_the_provider_go(talk: Conversation) -> None:
    talk.ask({**ASKED, "stream": True}, **AUTH)
    (server,) = talk.opened
    bad = b'data: {"error": {"message": "it broke"}}\n\n'
    talk.answers(server, STREAM_HEAD + chunk("hello") + b"%x\r\n%s\r\n" % (len(bad), bad))
    assert b"it broke" in talk.take()
    assert talk.closed == [server]
    talk.answers(server, chunk("more"))
    assert talk.take() == b""


def test_a_refused_connect_is_forgotten(house: House) -> None:
    """T2: mitmproxy would replay the error to each later request of this client."""
    house.channel("gpt-4o")
    outcomes: Iterator[str | None] = iter(["[Errno 111] Connect call failed", None])
    talk = house.conversation(lambda server: next(outcomes))
    talk.ask(ASKED, **AUTH)
    assert b"connection refused" in talk.take()
    talk.ask(ASKED, **AUTH)
    talk.answers(talk.opened[1], whole(SAID))
    assert talk.take().startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_leaves_while_we_connect_ends_the_attempt(house: House) -> None:
    """T3: the layer is paused then, and would hear of it when the connect is over: in minutes."""
    for priority in (2, 1):
        house.channel("gpt-4o", priority=priority, name=f"channel {priority}")
    talk = house.conversation(lambda server: LATER)
    talk.ask(ASKED, **AUTH)
    assert len(house.holds()) == 1
    talk.client_leaves()
    assert talk.opened[0] in talk.closed
    assert len(talk.opened) == 1
    assert not talk.soon
    assert house.holds() == []
    assert [row["status"] for row in house.rows()] == [499]
    assert relay_streams(talk) == []


def test_a_wake_up_finds_that_the_client_has_left(house: House, talk: Conversation) -> None:
    """T4: between two attempts there is nothing to close, and nothing may be sent."""
    talk.ask(ASKED, **AUTH)
    (server,) = talk.opened
    talk.answers(server, whole(FAILED, 503))
    talk.client_leaves()
    before = talk.sent[server]
    talk.wake()
    assert talk.sent[server] == before
    assert [row["status"] for row in house.rows()] == [499]
    assert house.holds() == []


def test_a_claimed_request_without_an_exchange_is_sent_nowhere(talk: Conversation) -> None:
    """The gate: whatever kept the hook from running."""
    talk.mute.add("request")
    talk.ask(ASKED, **AUTH)
    assert talk.take().startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert talk.opened == []


def test_a_crash_in_the_stream_is_json_and_cancels(
    house: House, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.ask(ASKED, **AUTH)

    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(RelayStream, "on_data", crash)
    talk.answers(talk.opened[0], whole(SAID))
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 500 ")
    assert b'"type":"one_api_error"' in said
    assert talk.closed == [talk.opened[0]]
    assert talk.hooks[-1] == "error"
    assert house.holds() == []
    assert relay_streams(talk) == []


def test_a_crash_behind_the_commit_point_is_a_frame_unless_all_is_said(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    for parts, last in (
        (chunk("hello"), b'"code":null}}\n\n'),
        (chunk("hello") + STREAM_END[:-5], b"data: [DONE]\n\n"),
    ):
        talk.ask({**ASKED, "stream": True}, **AUTH)
        talk.answers(talk.opened[-1], STREAM_HEAD + parts)
        with monkeypatch.context() as patch:
            patch.setattr(RelayStream, "on_upstream", crash)
            talk.answers(talk.opened[-1], chunk("more"))
        assert talk.take().endswith(last + b"\r\n0\r\n\r\n")
        assert relay_streams(talk) == []


def test_a_reply_without_end_is_a_fault(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "REPLY_LIMIT", 1000)
    talk.ask(ASKED, **AUTH)
    talk.answers(talk.opened[0], b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + b" " * 1001)
    assert talk.closed == [talk.opened[0]]
    talk.wake()
    talk.answers(talk.opened[1], whole(SAID))
    assert talk.take().startswith(b"HTTP/1.1 200 OK")


def test_a_crash_in_a_flow_that_is_not_ours_is_mitmproxys(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(HttpStream, "make_server_connection", crash)
    with pytest.raises(RuntimeError, match="a bug"):
        talk.client_sends(b"GET http://other.example/ HTTP/1.1\r\nhost: other.example\r\n\r\n")


def test_a_flow_that_is_not_ours_goes_its_way(talk: Conversation) -> None:
    talk.client_sends(b"GET http://other.example/x HTTP/1.1\r\nhost: other.example\r\n\r\n")
    (server,) = talk.opened
    assert isinstance(server, Server)
    assert server.address == ("other.example", 80)
    assert talk.sent[server].startswith(b"GET /x HTTP/1.1\r\n")
    talk.answers(server, b"HTTP/1.1 103 Early Hints\r\nconnection: close\r\n\r\n")
    assert talk.flows[0] not in visits


def test_upstream_proxies_get_the_whole_address(house: House) -> None:
    house.channel("gpt-4o")
    talk = house.conversation()
    talk.layer.mode = http_layers.HTTPMode.upstream
    talk.ask(ASKED, **AUTH)
    assert talk.sent[talk.opened[0]].startswith(b"POST http://upstream.example:81/v1/chat/completions HTTP/1.1\r\n")


def test_installing_twice_is_installing_once(house: House) -> None:
    """T12."""
    mine, other = house.addon, OneAPI(lambda: house.services, lambda *_: None)  # type: ignore[arg-type,return-value]
    stream.install(mine)
    stream.install(mine)
    assert http_layers.HttpStream is RelayStream
    assert http_layers.Http1Client is UpstreamHttp1Client
    stream.install(other)
    stream.uninstall(mine)
    assert (http_layers.HttpStream, RelayStream.gate) == (RelayStream, other)
    stream.uninstall(other)
    assert (http_layers.HttpStream, http_layers.Http1Client, RelayStream.gate) == (HttpStream, Http1Client, None)


# -- providers that answer over a WebSocket ---------------------------------------------------------------------------

SPARK = "12345678|ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl|0123456789abcdef0123456789abcdef"


@pytest.fixture
def spark(house: House) -> Conversation:
    for priority in (2, 1):
        house.channel(
            "x1", name=f"s{priority}", type=18, key=SPARK, base_url="ws://spark.example:83", priority=priority
        )
    return house.conversation()


def switched(talk: Conversation, server: Server) -> bytes:
    key = talk.sent[server].rpartition(b"sec-websocket-key: ")[2].partition(b"\r\n")[0].decode()
    head = f"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept_of(key)}\r\n\r\n"
    return f"HTTP/1.1 101 Switching Protocols\r\n{head}".encode()


def part(text: str, status: int) -> bytes:
    payload = {"choices": {"status": status, "text": [{"content": text}]}}
    data = json.dumps({"header": {"code": 0, "sid": "s", "status": status}, "payload": payload}).encode()
    return b"\x81" + (bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2)) + data


@pytest.mark.parametrize("stream", [False, True])
def test_messages_of_a_provider_are_read_like_a_stream(house: House, spark: Conversation, stream: bool) -> None:
    spark.ask({**ASKED, "model": "x1", "stream": stream}, **AUTH)
    (server,) = spark.opened
    assert server.address == ("spark.example", 83)
    assert b"GET /v1/x1?authorization=" in spark.sent[server]
    assert SPARK not in str(spark.flows[0].get_state())
    before = len(spark.sent[server])
    spark.answers(server, switched(spark, server) + part("hel", 0))
    assert spark.sent[server][before] == 0x81  # the question, once the 101 is there
    assert (b"hel" in spark.take()) is stream
    spark.answers(server, part("lo", 2) + b"\x88\x02\x03\xe8")
    assert b"lo" in spark.take()
    assert spark.closed == [server]
    assert relay_streams(spark) == []
    assert house.holds() == []


@pytest.mark.parametrize("answer", [b"\xff\xff", b"\x88\x02\x03\xf3", None])
def test_a_websocket_that_fails_before_it_says_anything_is_tried_elsewhere(
    spark: Conversation, answer: bytes | None
) -> None:
    spark.ask({**ASKED, "model": "x1", "stream": True}, **AUTH)
    (first,) = spark.opened
    spark.answers(first, switched(spark, first))
    if answer is None:
        spark.ends(first)
    else:
        spark.answers(first, answer)
    assert spark.take() == b""
    spark.wake()
    second = spark.opened[1]
    spark.answers(second, switched(spark, second) + part("hello", 2))
    assert b"hello" in spark.take()


def test_a_websocket_over_http_2_is_not_asked_for(house: House, spark: Conversation) -> None:
    def speaks_http_2(server: Server) -> None:
        server.alpn = b"h2"

    talk = house.conversation(speaks_http_2)
    talk.ask({**ASKED, "model": "x1"}, **AUTH)
    while not (said := talk.take()):  # one wake-up is for the further attempt, one mitmproxy's own
        talk.wake()
    assert b"speaks HTTP/2" in said
    assert b"upgrade" not in b"".join(talk.sent.values())
    assert house.holds() == []
