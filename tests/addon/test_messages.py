import json
from typing import Any

import pytest
from mitmproxy import http

from addon.attempts import Failure, Served, Uncarried
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound
from addon.canon.realtime import RealtimeRequest, accept_of
from addon.canon.request import CannotCarry
from addon.errors import Refusal
from addon.exchange import Visit
from addon.messages import (
    as_frames,
    broken_response,
    client_headers,
    early_response,
    error_frame_for,
    is_upgraded,
    json_response,
    lower_headers,
    make_response,
    public_request,
    redact,
    refusal_response,
    retry_headers,
    sent_request,
    stream_response,
    upgrade_response,
    whole_response,
)
from addon.meter import Meter
from addon.raw_pipe import RawPipe
from addon.routes import Kind, Route
from addon.translation import Translated
from tests.addon.exchanges import exchange, reply, said

OUTBOUND = Outbound(
    method="POST",
    url="https://user@provider.example/v1/models/x:generate?alt=sse",
    headers=(("content-type", "application/json"), ("X-Version", "1")),
    body=b'{"a": 1}',
    secrets=(("authorization", "Bearer sk-fake"),),
    secret_query=(("key", "fake key&"),),
)


def visit(kind: Kind = Kind.RELAY, version: str = "HTTP/1.1") -> Visit:
    return Visit("id-1", Route(kind), "127.0.0.1", "x", True, 0.0, http_version=version)


def client(version: str = "HTTP/1.1") -> http.Request:
    made = http.Request.make("POST", "http://gateway/v1/chat/completions")
    made.http_version = version
    return made


def error(response: http.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/json"
    return dict(json.loads(response.content or b"")["error"])


def test_a_public_request_shows_everything_but_the_secrets() -> None:
    made = public_request(OUTBOUND, client(), absolute=False)
    assert (made.method, made.scheme, made.host, made.port) == ("POST", "https", "provider.example", 443)
    assert made.path == "/v1/models/x:generate?alt=sse"
    assert made.content == b'{"a": 1}'
    assert made.headers.fields == (
        (b"host", b"provider.example"),
        (b"content-type", b"application/json"),
        (b"x-version", b"1"),
        (b"accept-encoding", b"identity"),
        (b"content-length", b"8"),
    )


def test_a_sent_request_has_the_secrets_too() -> None:
    public = public_request(OUTBOUND, client(), absolute=False)
    made = sent_request(OUTBOUND, public, absolute=False)
    assert made.headers["authorization"] == "Bearer sk-fake"
    assert made.path == "/v1/models/x:generate?alt=sse&key=fake%20key%26"
    assert "authorization" not in public.headers


@pytest.mark.parametrize(
    ("url", "version", "absolute", "seen"),
    [
        ("http://provider.example/x", "HTTP/1.1", False, ("provider.example", 80, "", "HTTP/1.1", "/x")),
        ("http://provider.example/x", "HTTP/1.0", False, ("provider.example", 80, "", "HTTP/1.1", "/x")),
        ("http://[::1]:99/x", "HTTP/1.1", False, ("::1", 99, "", "HTTP/1.1", "/x")),
        ("http://prov.example:81", "HTTP/1.1", True, ("prov.example", 81, "prov.example:81", "HTTP/1.1", "/")),
        ("https://provider.example/x", "HTTP/1.1", True, ("provider.example", 443, "", "HTTP/1.1", "/x")),
        ("https://provider.example", "HTTP/2.0", False, ("provider.example", 443, "provider.example", "HTTP/2.0", "/")),
        ("https://provider.example", "HTTP/3", False, ("provider.example", 443, "provider.example", "HTTP/2.0", "/")),
    ],
)  # fmt: skip
def test_a_request_has_the_form_of_its_way(
    url: str, version: str, absolute: bool, seen: tuple[str, int, str, str, str]
) -> None:
    made = public_request(Outbound("POST", url), client(version), absolute)
    assert (made.host, made.port, made.authority, made.http_version, made.path) == seen
    assert ("host" in made.headers.fields[0][0].decode()) is (made.http_version == "HTTP/1.1")


def test_redact_takes_credentials_and_leaves_the_rest() -> None:
    names = ("authorization", "x-api-key", "api-key", "proxy-authorization", "x-oneapi-ticket", "cookie", "x-other")
    request = http.Request.make("GET", "http://x/y?key=secret&a=1", headers=dict.fromkeys(names, "secret"))
    redact(request)
    assert [name for name in names if request.headers[name] == "secret"] == ["x-other"]
    assert dict(request.query) == {"key": "…", "a": "1"}


def test_redact_leaves_a_request_without_secrets_as_it_is() -> None:
    request = http.Request.make("GET", "http://x/y?a=1")
    before = request.get_state()
    redact(request)
    assert request.get_state() == before


def test_lower_headers_joins_what_is_repeated() -> None:
    request = http.Request.make("GET", "http://x/", headers=[(b"X-A", b"1"), (b"x-a", b"2"), (b"B", b"3")])
    assert lower_headers(request) == {"x-a": "1, 2", "b": "3", "content-length": "0"}


@pytest.mark.parametrize(
    ("kind", "cors"),
    [
        (Kind.RELAY, True),
        (Kind.MODELS, True),
        (Kind.MODEL, True),
        (Kind.PREFLIGHT, True),
        (Kind.UNIMPLEMENTED, True),
        (Kind.INVALID, True),
        (Kind.PAGE, False),
        (Kind.INTERNAL, False),
    ],
)
def test_only_the_api_is_for_other_origins(kind: Kind, cors: bool) -> None:
    headers = dict(client_headers(visit(kind)))
    assert headers["x-request-id"] == headers["x-oneapi-request-id"] == "id-1"
    assert ("access-control-allow-origin" in headers) is cors
    assert "access-control-allow-credentials" not in headers


def test_make_response_counts_its_body() -> None:
    made = make_response(418, [("X-A", "ä")], b"short")
    assert (made.status_code, made.http_version, made.content) == (418, "HTTP/1.1", b"short")
    assert made.headers.fields == ((b"x-a", "ä".encode()), (b"content-length", b"5"))


def test_json_response_takes_further_headers() -> None:
    made = json_response(visit(), 200, b"{}", [("retry-after", "1")])
    assert (made.headers["content-type"], made.headers["retry-after"]) == ("application/json", "1")


def test_errors_of_the_machinery_are_in_openais_shape() -> None:
    found = error(broken_response(visit(), 500, "it broke"))
    assert found == {
        "message": "it broke (request id: id-1)",
        "type": "one_api_error",
        "param": None,
        "code": None,
    }


@pytest.mark.parametrize(("language", "text"), [("", "不行"), ("zh-CN", "不行"), ("en-GB,en", "no")])
def test_a_refusal_speaks_the_clients_language(language: str, text: str) -> None:
    refusal = Refusal(403, "不行", "no", code="denied", param="model")
    made = refusal_response(visit(), refusal, language)
    assert made.status_code == 403
    assert error(made) == {
        "message": f"{text} (request id: id-1)",
        "type": "one_api_error",
        "param": "model",
        "code": "denied",
    }


def served() -> Served:
    running, _ = exchange()
    running.run()
    step = running.advance(reply(document=said()))
    assert isinstance(step, Served)
    return step


def test_a_served_reply_is_its_translation() -> None:
    step = served()
    made = whole_response(visit(), step)
    assert (made.status_code, made.content) == (200, step.translated.body)
    assert made.headers["content-type"] == "application/json"
    assert made.headers["cache-control"] == "no-cache"


def test_a_reply_folded_into_frames_is_an_event_stream() -> None:
    step = Served(served().send, Translated(b"data: [DONE]\n\n", "text/event-stream"))
    assert whole_response(visit(), step).headers["content-type"] == "text/event-stream"


def test_a_failure_keeps_status_message_and_the_time_to_wait() -> None:
    fault = Fault(FaultKind.RATE_LIMITED, 429, "slow down", "rate_limit_error", "rate_limit_exceeded", retry_after=1.2)
    made = whole_response(visit(), Failure(fault))
    assert (made.status_code, made.headers["retry-after"]) == (429, "2")
    assert error(made)["message"] == "slow down (request id: id-1)"
    assert (error(made)["type"], error(made)["code"]) == ("rate_limit_error", "rate_limit_exceeded")


@pytest.mark.parametrize(
    ("kind", "after", "more", "headers"),
    [
        (FaultKind.CUT, None, False, []),
        (FaultKind.CUT, 0.0, False, [("retry-after", "0")]),
        (FaultKind.BAD_REQUEST, 5.0, True, [("x-should-retry", "false")]),
        (FaultKind.OUT_OF_BALANCE, 5.0, False, [("retry-after", "5")]),
        (FaultKind.OUT_OF_BALANCE, None, False, [("x-should-retry", "false")]),
        (FaultKind.OUT_OF_BALANCE, None, True, []),
        (FaultKind.OUT_OF_BALANCE, 5.0, True, [("retry-after", "5")]),
    ],
)
def test_retry_headers_say_what_may_pass(
    kind: FaultKind, after: float | None, more: bool, headers: list[tuple[str, str]]
) -> None:
    assert retry_headers(Fault(kind, 502, "x", retry_after=after), more) == headers


def test_a_failure_that_passes_nowhere_tells_clients_not_to_ask_again() -> None:
    made = whole_response(visit(), Failure(Fault(FaultKind.BAD_REQUEST, 400, "no such tool")))
    assert (made.headers["x-should-retry"], "retry-after" in made.headers) == ("false", False)


def test_what_cannot_be_carried_names_the_field() -> None:
    made = whole_response(visit(), Uncarried(CannotCarry("messages[0].content[0]", "no audio here")))
    assert made.status_code == 400
    assert made.headers["x-should-retry"] == "false"
    assert error(made)["param"] == "messages[0].content[0]"
    assert error(made)["code"] == "unsupported_content"
    assert "no audio here" in error(made)["message"]


def test_a_wrapped_exchange_answers_in_its_own_form() -> None:
    one = visit(Kind.INTERNAL)
    one.exchange, _ = exchange()
    one.exchange.wrap = lambda answer: type(answer).__name__.encode()
    made = whole_response(one, Failure(Fault(FaultKind.CUT, 502, "x")))
    assert (made.status_code, made.content) == (200, b"Failure")


@pytest.mark.parametrize(("version", "chunked"), [("HTTP/1.1", True), ("HTTP/1.0", False), ("HTTP/2.0", False)])
def test_only_http_1_1_gets_chunks(version: str, chunked: bool) -> None:
    upstream = http.Response.make(
        200, b"", {"openai-version": "2020-10-01", "set-cookie": "a=b", "content-length": "9"}
    )
    made = stream_response(visit(version=version), upstream, RawPipe("text/event-stream", Meter("m")))
    assert made.stream is True
    assert made.headers["content-type"] == "text/event-stream"
    assert ("transfer-encoding" in made.headers) is chunked
    assert made.headers["openai-version"] == "2020-10-01"
    assert "set-cookie" not in made.headers
    assert "content-length" not in made.headers


def test_the_frame_of_a_crash_is_an_error_and_no_end() -> None:
    frame = error_frame_for(visit())
    assert frame.startswith(b'data: {"error":{"message":"internal error (request id: id-1)"')
    assert frame.endswith(b"}\n\n")


UPGRADE = Outbound("GET", "https://provider.example/v1/realtime?model=m", body=b"{}", upgrade=True)


def test_an_upgrade_has_our_key_and_no_body() -> None:
    made = sent_request(UPGRADE, public_request(UPGRADE, client(), False, "k1"), False, "k1")
    assert made.headers["connection"] == "Upgrade"
    assert (made.headers["upgrade"], made.headers["sec-websocket-key"]) == ("websocket", "k1")
    assert ("content-length" in made.headers, "sec-websocket-extensions" in made.headers) == (False, False)
    assert made.content == b""


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"upgrade": "WebSocket", "sec-websocket-accept": accept_of("k1")}, True),
        ({"upgrade": "websocket", "sec-websocket-accept": accept_of("k2")}, False),
        ({"upgrade": "h2c", "sec-websocket-accept": accept_of("k1")}, False),
        ({}, False),
    ],
)
def test_a_101_must_belong_to_our_key(headers: dict[str, str], good: bool) -> None:
    assert is_upgraded(http.Response.make(101, headers=headers), "k1") is good
    assert not is_upgraded(http.Response.make(200, headers=headers), "k1")


@pytest.mark.parametrize(("offered", "chosen"), [(("realtime",), "realtime"), ((), None)])
def test_the_clients_101_belongs_to_its_own_key(offered: tuple[str, ...], chosen: str | None) -> None:
    upstream = http.Response.make(101, headers={"sec-websocket-accept": "theirs", "server": "x"})
    made = upgrade_response(visit(), RealtimeRequest("m", "k3", protocols=offered), upstream)
    assert (made.status_code, made.headers["sec-websocket-accept"]) == (101, accept_of("k3"))
    assert made.headers.get("sec-websocket-protocol") == chosen
    assert made.headers["x-request-id"] == "id-1"
    assert "server" not in made.headers


def test_a_browsers_key_is_not_shown() -> None:
    made = client()
    made.headers["sec-websocket-protocol"] = "realtime, openai-insecure-api-key.sk-fake"
    redact(made)
    assert made.headers["sec-websocket-protocol"] == "realtime, openai-insecure-api-key.…"


@pytest.mark.parametrize(("scheme", "shown", "port"), [("ws", "http", 80), ("wss", "https", 443)])
def test_a_websocket_begins_as_a_request(scheme: str, shown: str, port: int) -> None:
    made = public_request(Outbound("GET", f"{scheme}://provider.example/x", upgrade=True), client(), False, "k")
    assert (made.scheme, made.port) == (shown, port)


def test_an_early_head_is_that_of_a_stream() -> None:
    head = early_response(visit())
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream")
    assert head.headers["transfer-encoding"] == "chunked"
    assert "transfer-encoding" not in early_response(visit(version="HTTP/2.0")).headers


def test_a_whole_reply_behind_an_early_head_is_frames() -> None:
    assert as_frames(make_response(502, [("content-type", "application/json")], b"{}")) == b"data: {}\n\n"
    told = make_response(200, [("content-type", "text/event-stream")], b"data: 1\n\n")
    assert as_frames(told) == b"data: 1\n\n"
