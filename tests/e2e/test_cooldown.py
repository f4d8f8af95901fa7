"""Channels that fail are passed by for a while, and come back by one trial request. A gateway with short cool-downs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scripts.fake_provider import running_fake_provider
from scripts.fake_provider.answer import Answer
from tests.e2e.line import Reply, chat
from tests.e2e.rig import KEY, OPENAI, Rig, running_rig
from tests.e2e.server import free_port, running_oneapi

SECONDS = 3
FAILURES = 3


@pytest.fixture(scope="module")
def module_rig() -> Iterator[Rig]:
    with running_rig(lambda: running_oneapi({"CHANNEL_COOLDOWN": str(SECONDS)})) as running:
        yield running


@pytest.fixture
def rig(module_rig: Rig) -> Rig:
    module_rig.provider.forget()
    return module_rig


def ask(rig: Rig, model: str, stream: bool = False) -> Reply:
    with rig.line() as line:
        return line.ask(chat(model, stream))


def asked(rig: Rig) -> list[str]:
    return [one.json["model"] for one in rig.provider.requests]


def detail(rig: Rig, reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = rig.books.row(reply.id)["detail"]
    return found


def limit(seconds: int) -> Answer:
    """OpenAI's no to who asks too often."""
    error = {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded", "param": None}
    headers = (("content-type", "application/json"), ("retry-after", str(seconds)))
    return Answer(429, headers, (json.dumps({"error": error}).encode(),))


def test_a_channel_that_keeps_failing_is_passed_by(rig: Rig) -> None:
    failing, healthy = rig.ladder("keeps-failing", "fake-500", "fake-well")
    rig.gateway.await_models("keeps-failing")
    replies = [ask(rig, "keeps-failing", stream) for stream in (False, True, False, True)]
    assert [reply.status for reply in replies] == [200] * 4
    assert asked(rig) == ["fake-500", "fake-well"] * FAILURES + ["fake-well"]
    before, after = detail(rig, replies[2]), detail(rig, replies[3])
    assert [(one["channel"], one["fault"], one["outcome"]) for one in before["attempts"]] == [
        (failing, "server_error", "try next"),
        (healthy, "", "served"),
    ]
    assert "left_out" not in before
    assert [one["channel"] for one in after["attempts"]] == [healthy]
    assert [(one["channel"], one["reason"]) for one in after["left_out"]] == [(failing, "failures")]
    assert 0 < after["left_out"][0]["seconds"] <= SECONDS


def test_a_channel_comes_back_by_one_trial(rig: Rig) -> None:
    port = free_port()
    rig.ladder("comes-back", f"http://127.0.0.1:{port}", "fake-well")
    rig.gateway.await_models("comes-back")
    for _ in range(FAILURES):
        assert ask(rig, "comes-back").status == 200
    with running_fake_provider(key=KEY, port=port) as second, ThreadPoolExecutor(4) as pool:
        second.behave("fake-late-1000")
        assert ask(rig, "comes-back").status == 200
        assert len(second.requests) == 0
        time.sleep(SECONDS + 0.1)
        assert [reply.status for reply in pool.map(lambda _: ask(rig, "comes-back"), range(4))] == [200] * 4
        assert len(second.requests) == 1
        assert [ask(rig, "comes-back").status for _ in range(2)] == [200] * 2
        assert len(second.requests) == 3


def test_retry_after_is_waited_out_and_then_asked_again(rig: Rig) -> None:
    limited, _ = rig.ladder("limited", rig.provider.url, "fake-well")
    rig.gateway.await_models("limited")
    rig.provider.reply(limit(1))
    replies = [ask(rig, "limited") for _ in range(2)]
    assert asked(rig) == ["limited", "fake-well", "fake-well"]
    assert [(one["channel"], one["reason"]) for one in detail(rig, replies[1])["left_out"]] == [(limited, "rate limit")]
    time.sleep(1.1)
    assert ask(rig, "limited").status == 200
    assert asked(rig)[3:] == ["limited"]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_when_the_only_channel_rests_the_client_is_told_how_long(rig: Rig, stream: bool) -> None:
    model = f"only-one-{stream}"
    rig.ladder(model, rig.provider.url)
    rig.gateway.await_models(model)
    before = rig.calm()
    rig.provider.reply(limit(30))
    first, second = ask(rig, model, stream), ask(rig, model, stream)
    assert (first.status, first.headers["retry-after"], second.status) == (429, "30", 429)
    assert 20 < int(second.headers["retry-after"]) <= 30
    assert "at their rate limit" in second.json["error"]["message"]
    assert len(rig.provider.requests) == 1
    row = rig.books.row(second.id)
    assert (row["status"], row["quota"], row["detail"]["attempts"]) == (429, 0, [])
    assert len(row["detail"]["left_out"]) == 1
    assert rig.calm() == before


def test_a_short_rest_of_the_only_channel_is_waited_for(rig: Rig) -> None:
    rig.ladder("only-briefly", rig.provider.url)
    rig.gateway.await_models("only-briefly")
    rig.provider.reply(limit(1))
    first, began = ask(rig, "only-briefly"), time.monotonic()
    second = ask(rig, "only-briefly")
    assert (first.status, second.status) == (429, 200)
    assert time.monotonic() - began > 0.5
    assert asked(rig) == ["only-briefly"] * 2


def test_a_bad_key_rests_for_all_models_of_the_channel(rig: Rig) -> None:
    models = ["key-a", "key-b"]
    for name, priority, first in (("bad", 9, "fake-401"), ("good", 8, "fake-well")):
        mapping = json.dumps({"key-a": first, "key-b": "fake-well"})
        rig.gateway.add_channel(
            name=f"{name}-key",
            type=OPENAI,
            key=KEY,
            base_url=rig.provider.url,
            models=models,
            priority=priority,
            model_mapping=mapping,
        )
    rig.gateway.await_models(*models)
    replies = [ask(rig, model) for model in models]
    assert [reply.status for reply in replies] == [200, 200]
    assert asked(rig) == ["fake-401", "fake-well", "fake-well"]
    assert [one["name"] for one in detail(rig, replies[1])["left_out"]] == ["bad-key"]


def test_the_clients_mistakes_do_not_count(rig: Rig) -> None:
    rig.ladder("mistakes", "fake-400", "fake-well")
    rig.gateway.await_models("mistakes")
    replies = [ask(rig, "mistakes", stream) for stream in (False, True) * FAILURES]
    assert {(reply.status, reply.headers["x-should-retry"]) for reply in replies} == {(400, "false")}
    assert asked(rig) == ["fake-400"] * len(replies)
