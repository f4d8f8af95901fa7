"""What a client can get wrong, and what it is told: an OpenAI-shaped error that says what to change, on a connection
that stays usable; nothing reaches a provider, nothing is paid."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.line import Line, Reply, chat, raw
from tests.e2e.rig import Rig

MB = 1024 * 1024
PART = b'--x\r\ncontent-disposition: form-data; name="model"\r\n\r\ngpt-4o\r\n--x--\r\n'

# name: body, further headers, status, param, words of the message
BAD: dict[str, tuple[bytes, dict[str, str], int, str | None, str]] = {
    "broken JSON": (b'{"model": "gpt-4o", "messages": [', {}, 400, None, "not valid JSON"),
    "no body": (b"", {}, 400, None, "send a JSON object"),
    "no object": (b'["gpt-4o"]', {}, 400, None, "must be a JSON object, not an array"),
    "not UTF-8": (b'{"model": "gpt-4o\xff"}', {}, 400, None, "not UTF-8"),
    "too deep": (b'{"a":' + b"[" * 9999 + b"]" * 9999 + b"}", {}, 400, None, "nested"),
    "not gzip": (b"{}", {"content_encoding": "gzip"}, 400, None, "is not gzip"),
    "no model": (b'{"messages": []}', {}, 400, "model", "model is required"),
    "a number for a model": (b'{"model": 5, "messages": []}', {}, 400, "model", "must be a string"),
    "no messages": (b'{"model": "gpt-4o"}', {}, 400, "messages", "messages"),
    "a string for messages": (b'{"model": "gpt-4o", "messages": "x"}', {}, 400, "messages", "must be an array"),
    "a number for content": (
        b'{"model": "gpt-4o", "messages": [{"role": "user", "content": 5}]}',
        {},
        400,
        "messages[0].content",
        "must be a string or an array of parts",
    ),
    "a negative max_tokens": (chat("gpt-4o", max_tokens=-1), {}, 400, "max_tokens", "max_tokens"),
    "an audio for Claude": (
        chat("claude-fake-well", messages=[{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]}]),  # noqa: E501
        {},
        400,
        "messages[0].content[0]",
        "audio",
    ),
    "a multipart": (PART, {"content_type": "multipart/form-data; boundary=x"}, 400, None, "send application/json"),
    "an unknown model": (chat("gpt-99"), {}, 503, None, "gpt-99"),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_told_what_to_change(rig: Rig, name: str, stream: bool) -> None:
    body, headers, status, param, words = BAD[name]
    if stream and body.endswith(b"}"):
        body = body[:-1] + b', "stream": true}'
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(body, **headers)
        is_openai_error(reply, status)
        assert words in reply.json["error"]["message"]
        assert reply.json["error"]["param"] == param
        assert rig.provider.requests == []
        assert rig.calm() == before
        assert line.ask(chat("gpt-4o")).status == 200
    row = rig.books.row(reply.id)
    assert (row["status"], row["quota"]) == (status, 0)
    assert words in row["content"]


def is_openai_error(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    error = reply.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].endswith(f"(request id: {reply.id})")


def revoked(rig: Rig) -> str:
    purse = rig.books.open_purse()
    rig.gateway.settle()
    with rig.line(purse.key) as line:
        assert line.ask(chat("gpt-4o")).status == 200
    rig.gateway.api("PUT", "/token/", {"id": purse.id, "status": 2}, status_only=1)
    rig.gateway.settle()
    return purse.key


def test_a_revoked_token_is_refused_and_leaves_a_line_in_the_log(rig: Rig) -> None:
    before_key = revoked(rig)
    rig.provider.forget()
    before = rig.calm()
    with rig.line(before_key) as line:
        reply = line.ask(chat("gpt-4o"))
        is_openai_error(reply, 401)
        assert line.ask(chat("gpt-4o"), authorization=f"Bearer {rig.purse.key}").status == 200
    assert len(rig.provider.requests) == 1
    assert rig.books.balance() < before[0]
    assert reply.id in rig.gateway.output()


@pytest.mark.parametrize("authorization", ["", "Bearer sk-nobody", "Basic eDp5", "Bearer"])
def test_a_request_without_a_known_token_is_refused_in_json(rig: Rig, authorization: str) -> None:
    with rig.line() as line:
        reply = line.ask(chat("gpt-4o"), authorization=authorization)
        is_openai_error(reply, 401)
        assert line.ask(chat("gpt-4o")).status == 200


def test_thirty_megabytes_of_base64_in_an_image_arrive_whole(rig: Rig) -> None:
    url = "data:image/png;base64," + "A" * (30 * MB)
    part = {"type": "image_url", "image_url": {"url": url}}
    with rig.line() as line:
        reply = line.ask(chat("gpt-4o", messages=[{"role": "user", "content": [{"type": "text", "text": "x"}, part]}]))
        assert reply.status == 200
        assert rig.provider.requests[0].json["messages"][0]["content"][1]["image_url"]["url"] == url
        assert line.ask(chat("gpt-4o")).status == 200
    row = rig.books.row(reply.id)
    assert row["status"] == 200
    assert row["prompt_tokens"] < 10_000


def huge() -> Iterator[bytes]:
    yield b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "'
    for _ in range(65):
        yield b"x" * MB
    yield b'"}]}'


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_more_than_64_megabytes_are_refused_and_go_nowhere(rig: Rig, chunked: bool) -> None:
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(huge() if chunked else b"".join(huge()))
        is_openai_error(reply, 413)
        assert "larger than 64 MB" in reply.json["error"]["message"]
        assert line.ask(b"{}").status == 400
    assert rig.provider.requests == []
    assert rig.calm() == before
    assert reply.id in rig.gateway.output()


def test_a_client_that_waits_to_be_asked_for_a_huge_body_is_let_go(rig: Rig) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n"
    answer = raw(rig.gateway.port, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in answer


@pytest.mark.parametrize(
    "fields",
    [b"transfer-encoding: chunked\r\ncontent-length: 2\r\n", b"transfer-encoding: gzip\r\n", b"x y: z\r\n"],
    ids=["two lengths", "unknown coding", "bad name"],
)
def test_a_head_of_doubtful_framing_is_refused_in_json_and_the_connection_closed(rig: Rig, fields: bytes) -> None:
    answer = raw(rig.gateway.port, b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n" + fields + b"\r\n{}")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nconnection: close" in head
    assert "malformed HTTP request" in json.loads(body)["error"]["message"]
    assert "option" not in json.loads(body)["error"]["message"]
    assert rig.provider.requests == []


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/gpt-4o", "/v1/models/nope", "/v1/nothing", "/login"])
def test_a_head_request_gets_no_body_and_keeps_the_connection_whole(rig: Rig, path: str) -> None:
    with rig.line() as line:
        reply = line.ask(None, path, "HEAD")
        assert (reply.status < 300 or reply.status in (404, 501), reply.body) == (True, b"")
        assert line.ask(chat("gpt-4o")).status == 200


def test_requests_sent_without_waiting_are_answered_in_order(rig: Rig) -> None:
    bodies = [chat("gpt-4o", text=text) for text in ("first", "second", "third")]
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n%s\r\n"
    last = [b"", b"", b"connection: close\r\n"]
    sent = [head % (rig.purse.key.encode(), len(body), end) + body for body, end in zip(bodies, last, strict=True)]
    answer = raw(rig.gateway.port, b"".join(sent))
    places = [answer.index(f"You said: {text}".encode()) for text in ("first", "second", "third")]
    assert places == sorted(places)


def test_a_line_is_one_connection(rig: Rig) -> None:
    with Line(rig.gateway.port, rig.purse.key) as line:
        port = line.socket.getsockname()[1]
        assert line.ask(chat("gpt-4o")).status == 200
        assert line.socket.getsockname()[1] == port
