"""Conversations over a WebSocket, through the real gateway: what passes, what it costs, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e import http2
from tests.e2e.books import Books, Purse, eventually
from tests.e2e.clients import by_base_url, by_proxy, run_python, seen
from tests.e2e.server import Gateway, running_mitmdump, running_oneapi
from tests.e2e.talker import KEY, Talker, running_talker

OPENAI, AZURE, ANTHROPIC = 1, 3, 14
MODEL = "gpt-realtime"
# (300 - 100 text + 400 cached x 0.1 + (600 - 300) audio x 8 + 30 text x 4 + 100 audio x 16) x 2
COST = 8720
TALK = Path(__file__).parent / "programs" / "openai_talk.py"
TRANSCRIPT = "gpt-4o-mini-transcribe"


@pytest.fixture(scope="module")
def session_talker() -> Iterator[Talker]:
    with running_talker() as running:
        yield running


@pytest.fixture
def talker(session_talker: Talker) -> Talker:
    session_talker.forget()
    return session_talker


@pytest.fixture(scope="module")
def gateway(session_talker: Talker) -> Iterator[Gateway]:
    with running_oneapi() as running:
        seed(running, session_talker)
        yield running


def seed(gateway: Gateway, talker: Talker) -> None:
    def add(model: str, kind: int = OPENAI, **fields: Any) -> None:
        asked = {"key": KEY, "base_url": talker.url, "models": [model], **fields}
        gateway.add_channel(name=f"{model}-{len(fields)}", type=kind, **asked)

    add(MODEL)
    add("alias", model_mapping=json.dumps({"alias": MODEL}))
    add("climb", priority=9, model_mapping=json.dumps({"climb": "first"}))
    add("climb", priority=5, model_mapping=json.dumps({"climb": MODEL}), base_url=talker.url)
    add("refused", model_mapping=json.dumps({"refused": "first"}))
    add("azure-talk", AZURE, config='{"api_version": "2025-04-01-preview"}')
    add("azure-v1", AZURE, base_url=f"{talker.url}/openai/v1")
    add("claude-sonnet-4-5", ANTHROPIC)
    gateway.await_models(MODEL, "alias", "climb", "refused", "azure-talk", "azure-v1", "claude-sonnet-4-5")


@pytest.fixture
def books(gateway: Gateway) -> Books:
    return Books(gateway)


@pytest.fixture(scope="module")
def purses(gateway: Gateway) -> dict[str, list[Purse]]:
    """Made together, because each is live only a moment later."""
    books = Books(gateway)
    made = {
        "full": [books.open_purse() for _ in range(24)],
        "narrow": [books.open_purse(models="alias")],
        "poor": [books.open_purse(49_599)],
        "small": [books.open_purse(60_000)],
    }
    gateway.settle()
    return made


@pytest.fixture
def purse(purses: dict[str, list[Purse]]) -> Purse:
    return purses["full"].pop()


def opened(
    gateway: Gateway, token: str, model: str = MODEL, path: str = "/v1/realtime", **more: Any
) -> ClientConnection:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"ws://127.0.0.1:{gateway.port}{path}?model={model}"
    return connect(url, additional_headers=headers, proxy=None, compression=None, max_size=None, **more)


def request_id(connection: ClientConnection) -> str:
    assert connection.response is not None
    return connection.response.headers["x-request-id"]


def ask(connection: ClientConnection, instructions: str = "talk") -> None:
    connection.send(json.dumps({"type": "response.create", "response": {"instructions": instructions}}))


def hear_until(connection: ClientConnection, kind: str = "response.done") -> list[dict[str, Any]]:
    found = []
    while not found or found[-1]["type"] != kind:
        message = connection.recv(timeout=10)
        assert isinstance(message, str)
        found.append(json.loads(message))
    return found


def test_two_responses_pass_and_are_billed_together(
    gateway: Gateway, talker: Talker, books: Books, purse: Purse
) -> None:
    with opened(gateway, purse.key) as line:
        assert hear_until(line, "session.created")[0]["session"]["model"] == MODEL
        assert len(books.holds()) == 1
        held = 1_000_000 - books.left(purse)
        for _ in range(2):
            ask(line)
            events = hear_until(line)
            assert "".join(one.get("delta", "") for one in events) == "hello: talk"
        number = request_id(line)
    row = books.row(number)
    assert (row["quota"], row["prompt_tokens"], row["completion_tokens"]) == (2 * COST, 1800, 260)
    assert (row["status"], row["stream_end"], row["estimated"], row["is_stream"]) == (200, "done", 0, 1)
    assert row["detail"]["usage"]["audio_prompt"] == 600
    assert row["detail"]["usage"]["cached"] == 800
    assert (row["detail"]["door"], row["detail"]["upstream_model"]) == ("base", MODEL)
    assert books.no_holds()
    # a minute of each side: (600 heard x 8 + 1250 spoken x 16) x 2
    assert (held, 1_000_000 - books.left(purse)) == (49_600, 2 * COST)
    assert eventually(lambda: talker.closes, bool) == [1000]


def test_the_provider_gets_its_own_key_and_name_of_the_model(gateway: Gateway, talker: Talker, purse: Purse) -> None:
    with opened(gateway, purse.key, "alias&trace=1", subprotocols=["realtime"]) as line:
        line.send(json.dumps({"type": "session.update", "session": {"model": "alias", "voice": "é" * 5000}}))
        told = hear_until(line, "session.updated")[-1]["session"]
        assert line.subprotocol == "realtime"
    assert told == {"model": MODEL, "voice": "é" * 5000}
    assert talker.asked == [f"/v1/realtime?model={MODEL}&trace=1"]
    (headers,) = talker.upgrades
    assert headers["authorization"] == f"Bearer {KEY}"
    assert purse.key not in str(headers)
    assert "sec-websocket-extensions" not in headers


def test_a_browser_shows_its_key_in_a_sub_protocol(gateway: Gateway, talker: Talker, purse: Purse) -> None:
    names: Any = [
        "realtime",
        f"openai-insecure-api-key.{purse.key}",
        "openai-organization.org-1",
        "openai-beta.realtime-v1",
    ]
    with opened(gateway, "", subprotocols=names) as line:
        assert line.subprotocol == "realtime"
        ask(line)
        hear_until(line)
    assert talker.upgrades[0]["sec-websocket-protocol"] == "realtime, openai-beta.realtime-v1"
    assert purse.key not in gateway.output()


def test_bytes_pass_both_ways(gateway: Gateway, purse: Purse) -> None:
    with opened(gateway, purse.key) as line:
        line.recv(timeout=5)
        line.send(b"\x01\x02\xff")
        assert line.recv(timeout=5) == b"\xff\x02\x01"
        assert line.ping().wait(5)
        ask(line, "large")
        assert any(len(one.get("delta", "")) > 6_000_000 for one in hear_until(line))


@pytest.mark.parametrize(
    ("token", "model", "status", "code"),
    [
        ("sk-fake-unknown", MODEL, 401, "invalid_api_key"),
        ("", MODEL, 401, "invalid_api_key"),
        ("root", "unknown-talk", 503, "model_not_found"),
        ("root", "claude-sonnet-4-5", 501, "api_not_implemented"),
        ("narrow", MODEL, 403, None),
        ("poor", MODEL, 403, "pre_consume_token_quota_failed"),
        ("root", "", 400, "invalid_text_request"),
    ],
)
def test_a_refusal_is_json_in_the_place_of_a_101(
    gateway: Gateway, purses: dict[str, list[Purse]], token: str, model: str, status: int, code: str | None
) -> None:
    known = {"root": gateway.token, "narrow": purses["narrow"][0].key, "poor": purses["poor"][0].key}
    with pytest.raises(InvalidStatus) as refused:
        opened(gateway, known.get(token, token), model)
    answer = refused.value.response
    assert answer.status_code == status
    error = json.loads(answer.body)["error"]
    assert code is None or error["code"] == code
    assert status != 501 or error["message"].startswith("Anthropic Claude does not offer /v1/realtime")


def test_the_next_channel_serves_when_the_first_refuses(
    gateway: Gateway, talker: Talker, books: Books, purse: Purse
) -> None:
    talker.refused["first"] = 503
    with opened(gateway, purse.key, "climb") as line:
        ask(line)
        hear_until(line)
        number = request_id(line)
    row = books.row(number)
    assert [one["outcome"] for one in row["detail"]["attempts"]] == ["try next", "streamed"]
    assert (row["detail"]["attempts"][0]["status"], row["quota"]) == (503, COST)
    assert [path.rpartition("=")[2] for path in talker.asked] == ["first", MODEL]


def test_the_last_refusal_reaches_the_client(gateway: Gateway, talker: Talker, books: Books, purse: Purse) -> None:
    talker.refused["first"] = 429
    with pytest.raises(InvalidStatus) as refused:
        opened(gateway, purse.key, "refused")
    assert refused.value.response.status_code == 429
    assert json.loads(refused.value.response.body)["error"]["message"].startswith("not now")
    assert books.no_holds()
    assert books.left(purse) == 1_000_000


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("azure-talk", "/openai/realtime?api-version=2025-04-01-preview&deployment=azure-talk"),
        ("azure-v1", "/openai/v1/realtime?model=azure-v1"),
    ],
)
def test_azure_is_asked_at_its_own_address(
    gateway: Gateway, talker: Talker, purse: Purse, model: str, asked: str
) -> None:
    with opened(gateway, purse.key, model) as line:
        ask(line)
        hear_until(line)
    assert talker.asked == [asked]
    assert (talker.upgrades[0]["api-key"], talker.upgrades[0].get("authorization")) == (KEY, None)


def test_an_azure_client_names_a_deployment(gateway: Gateway, talker: Talker, purse: Purse) -> None:
    url = f"ws://127.0.0.1:{gateway.port}/openai/realtime?api-version=2025-04-01-preview&deployment={MODEL}"
    with connect(url, additional_headers={"api-key": purse.key}, proxy=None) as line:
        hear_until(line, "session.created")
    assert talker.asked == [f"/v1/realtime?model={MODEL}"]


@pytest.mark.parametrize(("saying", "code", "end"), [("vanish", 1006, "truncated"), ("leave", 1001, "done")])
def test_the_provider_goes_in_the_middle(
    gateway: Gateway, talker: Talker, books: Books, purse: Purse, saying: str, code: int, end: str
) -> None:
    with opened(gateway, purse.key) as line:
        ask(line)
        hear_until(line)
        ask(line, saying)
        with pytest.raises(ConnectionClosed):
            hear_until(line)
        number = request_id(line)
    row = books.row(number)
    assert (row["stream_end"], row["estimated"]) == (end, 1)
    # What was heard of the response that was cut is guessed: it has read as much as the one before.
    assert (row["prompt_tokens"], row["completion_tokens"]) == (1800, 130 + 2 + (-(-len(f"lo: {saying}") // 4)) - 1)
    assert row["quota"] > COST
    assert books.no_holds()
    assert 1_000_000 - books.left(purse) == row["quota"]
    assert eventually(lambda: talker.open, lambda count: count == 0) == 0


@pytest.mark.parametrize("manner", ["close", "cut"])
def test_the_client_goes(gateway: Gateway, talker: Talker, books: Books, purse: Purse, manner: str) -> None:
    with opened(gateway, purse.key) as line:
        ask(line)
        hear_until(line)
        number = request_id(line)
        if manner == "cut":
            line.socket.close()
    row = books.row(number)
    assert (row["stream_end"], row["quota"]) == ("done" if manner == "close" else "client_gone", COST)
    assert books.no_holds()
    assert eventually(lambda: talker.open, lambda count: count == 0) == 0


def test_who_leaves_before_the_end_is_told_has_heard_it_all_the_same(
    gateway: Gateway, books: Books, purse: Purse
) -> None:
    with opened(gateway, purse.key) as line:
        ask(line, "half")
        hear_until(line, "response.output_text.delta")
        hear_until(line, "response.output_text.delta")
        number = request_id(line)
    row = books.row(number)
    assert (row["completion_tokens"], row["estimated"]) == (3, 1)
    assert row["quota"] > 0


def test_a_session_nobody_spoke_in_is_free(gateway: Gateway, books: Books, purse: Purse) -> None:
    with opened(gateway, purse.key) as line:
        line.recv(timeout=5)
        number = request_id(line)
    row = books.row(number)
    assert (row["quota"], row["estimated"], row["stream_end"]) == (0, 0, "done")
    assert books.no_holds()
    assert books.left(purse) == 1_000_000


def test_a_transcript_is_paid_at_its_own_models_price(gateway: Gateway, books: Books, purse: Purse) -> None:
    transcription = {"audio": {"input": {"transcription": {"model": TRANSCRIPT}}}}
    with opened(gateway, purse.key) as line:
        line.send(json.dumps({"type": "session.update", "session": transcription}))
        hear_until(line, "session.updated")
        line.send(json.dumps({"type": "input_audio_buffer.commit"}))
        hear_until(line, "conversation.item.input_audio_transcription.completed")
        number = request_id(line)
    row = books.row(number)
    (paid,) = row["detail"]["computation"]["transcripts"]
    assert paid["model"] == TRANSCRIPT
    assert paid["quota"] == row["quota"] > 0
    assert row["prompt_tokens"] == 0


def test_the_hold_grows_with_what_is_used(gateway: Gateway, books: Books, purse: Purse) -> None:
    with opened(gateway, purse.key) as line:
        for _ in range(6):
            ask(line)
            hear_until(line)
        held = eventually(lambda: 1_000_000 - books.left(purse), lambda quota: quota > 49_600)
        number = request_id(line)
    assert held == 6 * COST + 49_600
    assert books.row(number)["quota"] == 6 * COST
    assert books.no_holds()
    assert 1_000_000 - books.left(purse) == 6 * COST


def test_a_session_ends_when_the_quota_is_used_up(
    gateway: Gateway, talker: Talker, books: Books, purses: dict[str, list[Purse]]
) -> None:
    (purse,) = purses["small"]
    with opened(gateway, purse.key) as line:
        number = request_id(line)
        ask(line, "dear")
        hear_until(line)
        error = hear_until(line, "error")[-1]["error"]
        with pytest.raises(ConnectionClosedError) as closed:
            line.recv(timeout=5)
    assert (error["code"], closed.value.rcvd.code if closed.value.rcvd else None) == ("insufficient_user_quota", 1008)
    row = books.row(number)
    assert (row["stream_end"], row["quota"], row["uncollected"] > 0) == ("error", 60_000, True)
    assert books.left(purse) == 0
    assert books.no_holds()
    assert eventually(lambda: talker.open, lambda count: count == 0) == 0


@pytest.mark.parametrize("door", ["base", "proxy"])
def test_openais_own_client_talks_by_either_door(
    gateway: Gateway, talker: Talker, books: Books, purse: Purse, tmp_path: Path, door: str
) -> None:
    through = by_base_url(gateway, purse.key) if door == "base" else by_proxy(gateway, tmp_path, purse.key)
    assert seen(run_python(TALK.read_text(), through)) == {"said": "hello: talkhello: talk", "done": 2060}
    assert eventually(lambda: 1_000_000 - books.left(purse), lambda spent: spent == 2 * COST) == 2 * COST
    assert books.rows_of("alias", 1)[-1]["detail"]["door"] == door
    assert talker.asked == [f"/v1/realtime?model={MODEL}"]


def test_reverse_mode_and_dumps_without_a_key(session_talker: Talker, tmp_path: Path) -> None:
    session_talker.forget()
    dump = tmp_path / "flows"
    args = ["-w", str(dump)]
    with running_mitmdump("reverse:https://api.openai.com", args=args) as gateway:
        gateway.add_channel(type=OPENAI, key=KEY, base_url=session_talker.url, models=[MODEL])
        gateway.await_models(MODEL)
        token = gateway.token
        names: Any = ["realtime", f"openai-insecure-api-key.{token}"]
        with opened(gateway, "", subprotocols=names) as line:
            ask(line)
            hear_until(line)
        assert Books(gateway).rows_of(MODEL, 1)[0]["quota"] == COST
        assert Books(gateway).no_holds()
    kept = dump.read_bytes()
    assert b"response.done" in kept
    assert token.removeprefix("sk-").encode() not in kept
    assert KEY.encode() not in kept


def test_over_http2_the_refusal_says_what_to_do(gateway: Gateway, talker: Talker, purse: Purse) -> None:
    async def asked() -> httpx.Response:
        async with http2.client(gateway, purse.key) as line:
            return await line.get("/v1/realtime", params={"model": MODEL})

    answer = asyncio.run(asked())
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 400)
    assert "over HTTP/1.1" in answer.json()["error"]["message"]
    assert talker.asked == []
