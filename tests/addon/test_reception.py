import asyncio
import gzip
import json
import time
from concurrent.futures import Future
from typing import Any

import pytest

from addon import reception
from addon.attempts import Broken, Failure, Send, Uncarried
from addon.canon.fault import Fault, FaultKind
from addon.canon.request import Endpoint
from addon.cooling import place_of
from addon.errors import Refusal
from addon.exchange import Visit
from addon.reception import Arrival, document, identify, prompt_tokens, receive, shortfall_refusal
from addon.routes import Kind, Route
from rules.errors import LedgerBusy
from rules.ledger import Ledger
from rules.users import UserStore
from rules.values import Shortfall
from tests.addon.house import ROOT_TOKEN, House
from tests.builders import chat

ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 100}


def visit(model: str = "", proxy_credential: str = "") -> Visit:
    route = Route(Kind.RELAY, Endpoint.CHAT, model)
    return Visit("id-1", route, "127.0.0.1", "x", True, 0.0, proxy_credential=proxy_credential)


def arrival(body: Any = ASKED, token: str = ROOT_TOKEN, **headers: str) -> Arrival:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Arrival({"authorization": f"Bearer {token}", **headers}, {}, raw)


def received(house: House, one: Visit, come: Arrival, endpoint: Endpoint = Endpoint.CHAT) -> Refusal | None:
    found: Refusal | None = house.run(receive(house.services, one, come, endpoint))
    return found


def refused(house: House, come: Arrival) -> Refusal:
    one = visit()
    found = received(house, one, come)
    assert found is not None
    assert one.exchange is None
    assert house.holds() == []
    return found


def test_a_request_that_may_run_holds_what_it_may_cost(house: House) -> None:
    house.channel("gpt-4o")
    one = visit()
    assert received(house, one, arrival()) is None
    assert one.exchange is not None
    assert isinstance(one.exchange.step, Send)
    (hold,) = house.holds()
    assert (hold["id"], hold["token_limited"]) == ("id-1", 0)
    assert one.exchange.hold is not None
    assert hold["quota"] == one.exchange.hold.quota > 100
    house.services.ledger.release(one.exchange.hold).result(5)


def test_the_hold_grows_with_the_answers_that_are_asked_for(house: House) -> None:
    house.channel("gpt-4o")
    quotas = []
    for more in ({}, {"max_tokens": 1000}, {"n": 3}):
        one = visit()
        assert received(house, one, arrival({**ASKED, **more})) is None
        assert one.exchange is not None
        assert one.exchange.hold is not None
        quotas.append(one.exchange.hold.quota)
        house.services.ledger.release(one.exchange.hold).result(5)
    assert quotas[0] < quotas[2] < quotas[1]


def test_an_unknown_caller_leaves_no_row(house: House) -> None:
    assert refused(house, arrival(token="sk-nobody")).status == 401
    assert house.rows() == []


@pytest.mark.parametrize(
    ("come", "status", "param"),
    [
        (arrival(b"{"), 400, None),
        (arrival({"model": "gpt-4o"}), 400, "messages"),
        (arrival(b"\x1f\x8b", **{"content-encoding": "gzip"}), 400, None),
        (arrival(b"--x--", **{"content-type": "multipart/form-data; boundary=x"}), 400, None),
        (arrival({**ASKED, "model": "gpt-5"}), 503, None),
    ],
    ids=["broken", "no messages", "no gzip", "multipart", "no channel"],
)
def test_a_known_callers_refusal_is_a_row(house: House, come: Arrival, status: int, param: str | None) -> None:
    house.channel("gpt-4o")
    refusal = refused(house, come)
    assert (refusal.status, refusal.param) == (status, param)
    (row,) = house.rows()
    assert (row["status"], row["content"], row["quota"]) == (status, refusal.message, 0)


def test_a_token_may_be_shown_to_the_proxy_alone(house: House) -> None:
    come = arrival(token="sk-somebody-elses")
    assert isinstance(identify(house.services, visit(), come), Refusal)
    found = identify(house.services, visit(proxy_credential=ROOT_TOKEN), come)
    assert not isinstance(found, Refusal)
    assert found.token.id == 1


def test_our_own_token_in_the_request_comes_before_the_proxys(house: House) -> None:
    poor = house.token(name="expired", expired_time=1)
    found = identify(house.services, visit(proxy_credential=ROOT_TOKEN), arrival(token=poor))
    assert isinstance(found, Refusal)


def test_a_token_without_quota_is_told_so(house: House) -> None:
    house.channel("gpt-4o")
    refusal = refused(house, arrival(token=house.token(remain_quota=10)))
    assert (refusal.status, refusal.code) == (403, "pre_consume_token_quota_failed")
    assert "have 10" in refusal.english
    assert house.rows()[0]["content"] == refusal.message


def test_a_user_without_quota_is_told_so(house: House) -> None:
    house.channel("gpt-4o")
    users = UserStore(house.services.database, house.services.vault)
    rich = users.get(1)
    assert rich is not None
    users.update(1, {"quota": 5})
    try:
        assert refused(house, arrival()).code == "insufficient_user_quota"
    finally:
        users.update(1, {"quota": rich.quota})


def test_a_request_that_is_refused_gives_the_trial_to_the_next(house: House) -> None:
    house.channel("gpt-4o")
    trial = visit()
    assert received(house, trial, arrival()) is None
    assert trial.exchange is not None
    candidate, health = trial.exchange.sending.candidate, house.services.health
    trial.exchange.run()
    trial.exchange.advance(Broken(Fault(FaultKind.OVERLOADED, 503, "busy", retry_after=0.2)))
    poor = house.token(remain_quota=10)
    refusal = received(house, visit(), arrival(token=poor))
    assert refusal is not None
    assert refusal.code == "pre_consume_token_quota_failed"
    assert health.why(place_of(candidate), "gpt-4o", time.monotonic()) is None
    assert health.entries != {}
    assert trial.exchange.hold is not None
    house.services.ledger.release(trial.exchange.hold).result(5)


def test_a_caller_who_names_the_channel_gets_it_although_it_rests(house: House) -> None:
    number = house.channel("gpt-4o")
    steps = []
    for token in (ROOT_TOKEN, ROOT_TOKEN, f"{ROOT_TOKEN}-{number}"):
        one = visit()
        assert received(house, one, arrival(token=token)) is None
        assert one.exchange is not None
        steps.append(type(one.exchange.step))
        if one.exchange.hold is not None:
            one.exchange.run()
            one.exchange.advance(Broken(Fault(FaultKind.RATE_LIMITED, 429, "slow down", retry_after=60)))
            house.services.ledger.release(one.exchange.hold).result(5)
    assert steps == [Send, Failure, Send]


@pytest.mark.parametrize(
    ("short", "status", "code"),
    [
        (Shortfall("user", 1, 2), 403, "insufficient_user_quota"),
        (Shortfall("token", 0, 2), 401, "insufficient_quota"),
        (Shortfall("token", 1, 2), 403, "pre_consume_token_quota_failed"),
    ],
)
def test_shortfall_refusal(short: Shortfall, status: int, code: str) -> None:
    refusal = shortfall_refusal(short)
    assert (refusal.status, refusal.code) == (status, code)
    assert refusal.english


def failing(error: Exception, reserve: bool) -> Any:
    """A ledger whose answer gets lost; whether it did what it was asked is another matter."""
    original = Ledger.reserve

    def answer(self: Ledger, hold: Any) -> Future[Any]:
        if reserve:
            original(self, hold).result(5)
        future: Future[Any] = Future()
        future.set_exception(error)
        return future

    return answer


def test_a_busy_ledger_is_a_refusal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.channel("gpt-4o")
    monkeypatch.setattr(Ledger, "reserve", failing(LedgerBusy("full"), reserve=False))
    assert (refused(house, arrival()).status, refused(house, arrival()).code) == (503, "overloaded")


@pytest.mark.parametrize("reserve", [False, True])
def test_a_reservation_whose_answer_is_lost_is_released(
    house: House, monkeypatch: pytest.MonkeyPatch, reserve: bool
) -> None:
    house.channel("gpt-4o")
    monkeypatch.setattr(Ledger, "reserve", failing(RuntimeError("the disk is full"), reserve))
    one = visit()
    with pytest.raises(RuntimeError, match="disk"):
        received(house, one, arrival())
    assert one.exchange is None
    assert house.holds() == []


def test_what_nobody_can_carry_is_ready_and_holds_nothing(house: House) -> None:
    house.channel("claude-x", type=14)
    part = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
    one = visit()
    body = {"model": "claude-x", "messages": [{"role": "user", "content": [part]}]}
    assert received(house, one, arrival(body)) is None
    assert one.exchange is not None
    assert isinstance(one.exchange.step, Uncarried)
    assert one.exchange.hold is None
    assert house.holds() == []


@pytest.mark.parametrize(
    ("body", "model", "seen"),
    [
        (b'{"a": 1}', "", b'{"a": 1}'),
        (b'{"a": 1}', "mine", b'{"a": 1, "model": "mine"}'),
        (b'{"model": "x"}', "mine", b'{"model": "mine"}'),
        (b"[1]", "mine", b"[1]"),
        (b"{", "mine", b"{"),
        (gzip.compress(b'{"a": 1}'), "mine", b'{"a": 1, "model": "mine"}'),
    ],
)
def test_the_model_in_the_path_is_put_into_the_document(body: bytes, model: str, seen: bytes) -> None:
    headers = {"content-encoding": "gzip"} if body.startswith(b"\x1f") else {}
    assert document(visit(model), arrival(body, **headers)) == seen


def test_a_long_prompt_is_counted_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    original = asyncio.to_thread

    async def watched(*arguments: Any, **named: Any) -> Any:
        threads.append(arguments)
        return await original(*arguments, **named)

    monkeypatch.setattr(reception.asyncio, "to_thread", watched)
    short, long = chat(), chat(messages=[{"role": "user", "content": "word " * 20_000}])
    assert asyncio.run(prompt_tokens(short, False)) < 20
    assert threads == []
    assert asyncio.run(prompt_tokens(long, False)) > 19_000
    assert len(threads) == 1
