"""What a running process cannot show: who is told what when a WebSocket begins, is too much, crashes or ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mitmproxy.connection import Server
from mitmproxy.proxy.layers import websocket
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, TextMessage

from addon import sockets
from addon.canon.realtime import accept_of
from addon.hooks import KEPT_MESSAGES
from tests.addon.conversation import Conversation
from tests.addon.house import ROOT_TOKEN, House

CLIENT_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    "GET /v1/realtime?model=gpt-realtime HTTP/1.1\r\nhost: gateway\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    f"sec-websocket-version: 13\r\nsec-websocket-key: {CLIENT_KEY}\r\nauthorization: Bearer {ROOT_TOKEN}\r\n\r\n"
)
DONE = json.dumps({"type": "response.done", "response": {"id": "a", "usage": {"input_tokens": 3, "output_tokens": 4}}})


class Line:
    """Both ends of a WebSocket through the relay."""

    def __init__(self, talk: Conversation, server: Server) -> None:
        self.talk = talk
        self.server = server
        self.client_end = Connection(ConnectionType.CLIENT)
        self.server_end = Connection(ConnectionType.SERVER)
        self.seen = len(talk.sent[server])

    def say(self, event: Event) -> None:
        self.talk.client_sends(self.client_end.send(event))

    def answer(self, event: Event) -> None:
        self.talk.answers(self.server, self.server_end.send(event))

    def client_hears(self) -> list[Any]:
        self.client_end.receive_data(self.talk.take())
        return list(self.client_end.events())

    def server_hears(self) -> list[Any]:
        data = self.talk.sent[self.server][self.seen :]
        self.seen += len(data)
        self.server_end.receive_data(data)
        return list(self.server_end.events())


def accepting(talk: Conversation, server: Server, key: str = "") -> bytes:
    head = talk.sent[server].decode().rpartition("GET ")[2]
    key = key or head.partition("sec-websocket-key: ")[2].partition("\r\n")[0]
    lines = ("connection: Upgrade", "upgrade: websocket", f"sec-websocket-accept: {accept_of(key)}")
    return ("HTTP/1.1 101 Switching Protocols\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.fixture
def talk(house: House) -> Conversation:
    for priority in (2, 1):
        house.channel("gpt-realtime", name=f"channel {priority}", priority=priority)
    made = house.conversation()
    made.client_sends(UPGRADE.encode())
    return made


@pytest.fixture
def line(talk: Conversation) -> Iterator[Line]:
    (server,) = talk.opened
    talk.answers(server, accepting(talk, server))
    assert f"sec-websocket-accept: {accept_of(CLIENT_KEY)}".encode() in talk.take()
    yield Line(talk, server)


def texts(events: list[Any]) -> list[Any]:
    return [event.data for event in events if isinstance(event, Message)]


def row(house: House) -> dict[str, Any]:
    (only,) = house.rows()
    return only


def test_messages_pass_and_the_end_settles(house: House, talk: Conversation, line: Line) -> None:
    assert len(house.holds()) == 1
    assert talk.hooks.count("response") == 1
    line.say(TextMessage("hello"))
    line.say(Ping(b"x"))
    assert texts(line.server_hears()) == ["hello"]
    line.answer(TextMessage(DONE))
    line.answer(BytesMessage(b"\x00"))
    assert texts(line.client_hears()) == [DONE, b"\x00"]
    line.say(CloseConnection(1000))
    assert set(talk.closed) == {talk.client, line.server}
    assert house.holds() == []
    assert (row(house)["stream_end"], row(house)["prompt_tokens"], row(house)["status"]) == ("done", 3, 200)
    assert talk.layer.streams == {}
    assert talk.hooks.count("websocket_end") == 1


def test_what_the_provider_says_together_with_its_101_is_not_lost(talk: Conversation) -> None:
    (server,) = talk.opened
    said = Connection(ConnectionType.SERVER).send(TextMessage("early"))
    talk.answers(server, accepting(talk, server) + said)
    assert talk.take().endswith(said)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", None]
)
def test_a_101_that_is_not_ours_is_a_fault(talk: Conversation, answer: bytes | None) -> None:
    (first,) = talk.opened
    talk.answers(first, answer or accepting(talk, first, CLIENT_KEY))
    assert (talk.closed, talk.take()) == ([first], b"")
    talk.wake()
    second = talk.opened[1]
    talk.answers(second, accepting(talk, second))
    assert talk.take().startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("size", [999, 1001])
def test_a_message_without_end_ends_the_session(
    house: House, line: Line, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(sockets, "MESSAGE_LIMIT", 1000)
    line.say(TextMessage("x" * size, message_finished=False))
    told = line.client_hears()
    if size < 1000:
        assert told == []
        return
    assert json.loads(told[0].data)["error"]["code"] == "message_too_large"
    assert (told[1].code, row(house)["stream_end"]) == (1009, "error")
    assert house.holds() == []


def test_a_crash_closes_both_sides_and_settles(
    house: House, talk: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug of theirs")

    monkeypatch.setattr(websocket.WebsocketLayer, "relay_messages", crash)
    (server,) = talk.opened
    talk.answers(server, accepting(talk, server))
    line = Line(talk, server)
    line.say(TextMessage("hello"))
    assert set(talk.closed) == {talk.client, server}
    assert (row(house)["status"], row(house)["stream_end"]) == (500, "error")
    assert caplog.text.count("the relay stream has crashed") == 1
    assert house.holds() == []


@pytest.mark.parametrize("who", ["client", "provider"])
def test_a_connection_that_breaks_takes_the_other_one_along(house: House, line: Line, who: str) -> None:
    line.answer(TextMessage(DONE))
    line.client_hears()
    if who == "client":
        line.talk.client_leaves()
    else:
        line.talk.ends(line.server)
    assert line.server in line.talk.closed or who == "provider"
    assert line.talk.client in line.talk.closed or who == "client"
    assert row(house)["stream_end"] == ("client_gone" if who == "client" else "truncated")
    assert house.holds() == []
    assert line.talk.layer.streams == {}


def test_a_client_that_left_before_the_101_pays_nothing(house: House, talk: Conversation) -> None:
    (server,) = talk.opened
    talk.client_leaves()
    assert talk.closed[-1] is server or server in talk.closed
    assert (row(house)["quota"], row(house)["status"]) == (0, 499)
    assert house.holds() == []


def test_people_see_the_latest_messages_only(talk: Conversation, line: Line) -> None:
    for number in range(KEPT_MESSAGES + 20):
        line.answer(TextMessage(str(number)))
    (flow,) = talk.flows
    assert [flow.websocket.messages[0].text, len(flow.websocket.messages)] == ["20", KEPT_MESSAGES]
    assert ROOT_TOKEN not in str(flow.get_state())


def test_what_is_said_behind_the_last_message_that_is_paid_does_not_crash_the_end(house: House) -> None:
    house.channel("gpt-realtime")
    token = house.token(remain_quota=49_600)
    talk = house.conversation()
    talk.client_sends(UPGRADE.replace(ROOT_TOKEN, token).encode())
    (server,) = talk.opened
    talk.answers(server, accepting(talk, server))
    talk.take()
    line = Line(talk, server)
    dear = DONE.replace('"output_tokens": 4', '"output_tokens": 40000')
    late = [TextMessage("late"), Ping(b"x"), TextMessage("later")]
    talk.answers(server, b"".join(line.server_end.send(event) for event in [TextMessage(dear), *late]))
    told = [event for event in line.client_hears() if not isinstance(event, Ping)]
    assert told[0].data == dear
    assert json.loads(told[1].data)["error"]["code"] == "insufficient_user_quota"
    assert (told[2].code, len(told)) == (1008, 3)
    assert (row(house)["status"], row(house)["stream_end"], row(house)["quota"]) == (200, "error", 49_600)
    assert set(talk.closed) == {talk.client, server}
    assert house.holds() == []


def test_a_200_with_the_words_of_an_upgrade_is_a_fault(talk: Conversation) -> None:
    (server,) = talk.opened
    answer = accepting(talk, server).replace(b"101 Switching Protocols", b"200 OK")
    talk.answers(server, answer.replace(b"\r\n\r\n", b"\r\ncontent-length: 2\r\n\r\n{}"))
    assert talk.take() == b""
    talk.wake()
    talk.answers(server, accepting(talk, server))
    assert talk.take().startswith(b"HTTP/1.1 101 ")


def test_a_message_in_pieces_without_end_ends_the_session(
    house: House, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_PIECES", 20)
    for _ in range(21):
        line.say(TextMessage("", message_finished=False))
    told = line.client_hears()
    assert json.loads(told[0].data)["error"]["code"] == "message_too_large"
    assert (told[1].code, row(house)["stream_end"]) == (1009, "error")


@pytest.mark.parametrize("who", ["client", "provider"])
@pytest.mark.parametrize("bad", ["long ping", "text in a ping's place", "reserved bit", "no utf-8"])
def test_what_no_websocket_may_send_ends_it_and_settles(house: House, line: Line, who: str, bad: str) -> None:
    heads = {"long ping": (0x89, bytes(126)), "text in a ping's place": (0x09, b""), "reserved bit": (0xC1, b"x")}
    opcode, data = heads.get(bad, (0x81, b"\xff"))
    mask = 0x80 if who == "client" else 0
    size = bytes([mask | len(data)]) if len(data) < 126 else bytes([mask | 126]) + len(data).to_bytes(2)
    frame = bytes([opcode]) + size + (b"\0\0\0\0" if mask else b"") + data
    if who == "client":
        line.talk.client_sends(frame)
    else:
        line.talk.answers(line.server, frame)
    assert set(line.talk.closed) == {line.talk.client, line.server}
    assert row(house)["status"] == 200
    assert row(house)["stream_end"] == ("client_gone" if who == "client" else "truncated")
    assert house.holds() == []


def test_an_event_in_a_binary_message_is_paid_as_well(house: House, line: Line) -> None:
    line.say(BytesMessage(json.dumps({"type": "session.update", "session": {"model": "dearer"}}).encode()))
    (told,) = line.server_hears()
    assert json.loads(told.data)["session"] == {"model": "gpt-realtime"}
    line.answer(BytesMessage(DONE.encode()))
    line.say(CloseConnection(1000))
    assert row(house)["prompt_tokens"] == 3


def test_the_clients_key_reaches_nobody_wherever_it_stands(house: House) -> None:
    house.channel("gpt-realtime")
    talk, key = house.conversation(), ROOT_TOKEN.removeprefix("sk-")
    asked = UPGRADE.replace("gpt-realtime HTTP", f"gpt-realtime&token={ROOT_TOKEN}&other={key}&key={key} HTTP")
    talk.client_sends(asked.replace("\r\n\r\n", f"\r\nsec-websocket-protocol: realtime, x.{key}\r\n\r\n").encode())
    ((server,), (flow,)) = talk.opened, talk.flows
    assert b"GET /v1/realtime?model=gpt-realtime HTTP/1.1" in talk.sent[server]
    assert b"sec-websocket-protocol: realtime\r\n" in talk.sent[server]
    assert key.encode() not in talk.sent[server]
    assert key not in str(flow.get_state())


def test_a_session_that_was_ended_hears_nothing_more(house: House) -> None:
    house.channel("gpt-realtime")
    talk = house.conversation()
    talk.client_sends(UPGRADE.replace(ROOT_TOKEN, house.token(remain_quota=49_600)).encode())
    (server,) = talk.opened
    talk.answers(server, accepting(talk, server))
    talk.take()
    line = Line(talk, server)
    line.answer(TextMessage(DONE.replace('"output_tokens": 4', '"output_tokens": 40000')))
    line.client_hears()
    line.answer(TextMessage("more"))
    line.talk.client_sends(b"\x81\x80\0\0\0\0")
    assert talk.take() == b""
    assert house.holds() == []
    assert row(house)["stream_end"] == "error"


def test_an_upgrade_that_is_cut_twice_is_an_error_and_holds_nothing(house: House, talk: Conversation) -> None:
    (first,) = talk.opened
    talk.ends(first)
    talk.wake()
    second = talk.opened[1]
    talk.answers(second, b"HTTP/1.1 101 Switching Protocols\r\n")
    talk.ends(second)
    assert talk.take().startswith(b"HTTP/1.1 50")
    assert house.holds() == []
    assert row(house)["quota"] == 0


def test_a_client_that_leaves_between_attempts_causes_no_other(house: House, talk: Conversation) -> None:
    (first,) = talk.opened
    talk.ends(first)
    talk.client_leaves()
    talk.wake()
    assert talk.opened == [first]
    assert (row(house)["status"], house.holds()) == (499, [])


def test_counts_that_nothing_has_leave_no_hold_open(house: House, line: Line) -> None:
    line.answer(TextMessage(DONE))
    line.answer(TextMessage(DONE.replace('"input_tokens": 3', f'"input_tokens": {10**400}')))
    line.say(CloseConnection(1000))
    assert (row(house)["prompt_tokens"], row(house)["stream_end"]) == (3, "done")
    assert house.holds() == []
