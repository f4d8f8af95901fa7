"""The books and the rules with two processes on one database, on SQLite, MariaDB and PostgreSQL.

Quota is never overdrawn, an edit is live everywhere within a second, running exchanges are left alone, and neither a
restart nor a killed process loses anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, get_args

import httpx
import pytest

from rules.database import connect
from rules.dsn import Dialect
from scripts.fake_provider import FakeProvider
from tests.e2e.books import eventually
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway, running_oneapi
from tests.rules.places import Place, made

MODELS = ["gpt-4o", "fake-late-300", "fake-slow-200", "fake-hang"]
AT_ONCE, PAID_FOR = 200, 10
ANSWER = "You said: hello - this is the fake provider, playing openai."


@dataclass(slots=True)
class Bank:
    """Two gateways with one database; `stack` ends whatever runs."""

    place: Place
    gateways: list[Gateway] = field(default_factory=list)
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def first(self) -> Gateway:
        return self.gateways[0]

    @property
    def second(self) -> Gateway:
        return self.gateways[1]

    def open(self) -> None:
        """Both at the same moment: on an empty database they race to make the tables and root."""
        with ThreadPoolExecutor(2) as pool:
            self.gateways = list(pool.map(lambda _: self.stack.enter_context(self.start()), range(2)))

    def again(self, number: int) -> None:
        """A new process in the place of one that has ended."""
        self.gateways[number] = self.stack.enter_context(self.start())

    def start(self) -> contextlib.AbstractContextManager[Gateway]:
        return running_oneapi({"SQL_DSN": self.place.dsn}, data_dir=self.place.data_dir)

    def token(self, **fields: Any) -> dict[str, Any]:
        """A new token as the API shows it; live in both processes."""
        asked = {"name": f"token-{time.monotonic_ns()}", "expired_time": -1, "unlimited_quota": True, **fields}
        made = dict(self.first.api("POST", "/token/", asked))
        for gateway in self.gateways:
            listing = eventually(lambda: self.lists(gateway, made["key"]), lambda status: status == 200)  # noqa: B023
            assert listing == 200
        return made

    def lists(self, gateway: Gateway, key: str) -> int:
        """The status of a model list for this token."""
        headers = {"authorization": f"Bearer {key}"}
        return httpx.get(f"{gateway.base_url}/models", headers=headers, trust_env=False).status_code

    def left(self, token: dict[str, Any]) -> int:
        return int(self.first.api("GET", f"/token/{token['id']}")["remain_quota"])

    def used(self, token: dict[str, Any]) -> int:
        return int(self.first.api("GET", f"/token/{token['id']}")["used_quota"])

    def wealth(self) -> tuple[int, int]:
        """What root has left and what it has used."""
        root = self.first.api("GET", "/user/self")
        return int(root["quota"]), int(root["used_quota"])


@pytest.fixture(scope="module", params=get_args(Dialect))
def bank(
    request: pytest.FixtureRequest, session_provider: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bank]:
    with made(request.param, tmp_path_factory.mktemp(request.param)) as place:
        found = Bank(place)
        with found.stack:
            found.open()
            found.first.add_channel(name="all", key=UPSTREAM_KEY, base_url=session_provider.url, models=MODELS)
            for name in ("ModelRatio", "CompletionRatio"):
                table = json.dumps(dict.fromkeys(MODELS, 1))
                found.first.api("PUT", "/option/", {"key": name, "value": table})
            found.first.api("PUT", "/option/", {"key": "PreConsumedQuota", "value": "0"})
            found.first.settle()
            yield found


def chat(gateway: Gateway, key: str, model: str, **fields: Any) -> httpx.Response:
    return gateway.chat(model, token=f"sk-{key.removeprefix('sk-')}", **fields)


def price_of_a_call(bank: Bank) -> tuple[int, int]:
    """A `max_tokens` with which a reservation equals the price of the fake's answer, and that price."""
    price = 1 + len(ANSWER.split())
    poor = bank.token(unlimited_quota=False, remain_quota=1)
    refused = chat(bank.first, poor["key"], "fake-late-300", max_tokens=100)
    assert refused.status_code == 403
    needed = re.search(r"need (\d+), have 1", refused.json()["error"]["message"])
    assert needed
    longest = price - (int(needed[1]) - 100)
    assert longest > 0
    return longest, price


async def ask_all(gateways: list[Gateway], key: str, longest: int) -> list[httpx.Response]:
    """All at once, through one process and the other in turn."""
    body = {"model": "fake-late-300", "messages": [{"role": "user", "content": "hello"}], "max_tokens": longest}
    headers = {"authorization": f"Bearer sk-{key.removeprefix('sk-')}"}
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        urls = [f"{gateways[number % 2].base_url}/chat/completions" for number in range(AT_ONCE)]
        return await asyncio.gather(*(client.post(url, json=body, headers=headers) for url in urls))


@contextlib.contextmanager
def watching(read: Callable[[], int]) -> Iterator[list[int]]:
    """What it reads, again and again, while something else goes on."""
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(read())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def test_of_200_calls_at_once_the_ten_that_are_paid_for_succeed(bank: Bank) -> None:
    longest, price = price_of_a_call(bank)
    token = bank.token(unlimited_quota=False, remain_quota=PAID_FOR * price)
    had, used = bank.wealth()
    with watching(lambda: bank.left(token)) as balances:
        replies = asyncio.run(ask_all(bank.gateways, token["key"], longest))
    statuses = Counter(reply.status_code for reply in replies)
    assert statuses[200] == PAID_FOR
    assert statuses[401] + statuses[403] == AT_ONCE - PAID_FOR
    for reply in replies:
        if reply.status_code == 200:
            assert reply.json()["choices"][0]["message"]["content"] == ANSWER
        else:
            assert "额度" in reply.json()["error"]["message"]
    assert len(balances) > 3
    assert min(balances) == 0
    assert max(balances) <= PAID_FOR * price
    taken = PAID_FOR * price
    left = eventually(bank.wealth, lambda now: now == (had - taken, used + taken))
    assert left == (had - taken, used + taken)
    stat = bank.first.api("GET", "/log/stat", type=2, token_name=token["name"])
    assert stat["quota"] == taken
    shown = bank.first.api("GET", f"/token/{token['id']}")
    assert (shown["remain_quota"], shown["used_quota"]) == (0, taken)
    late = chat(bank.second, token["key"], "gpt-4o")
    assert late.status_code == 401


def streamed(gateway: Gateway, key: str, model: str) -> str:
    reply = chat(gateway, key, model, stream=True)
    assert reply.status_code == 200, reply.text
    events = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    return "".join(choice["delta"].get("content") or "" for one in events for choice in json.loads(one)["choices"])


def begun(provider: FakeProvider, model: str) -> bool:
    return any(one.json and one.json.get("model") == model for one in provider.requests)


def test_an_edit_in_one_process_is_live_in_the_other_and_spares_what_runs(bank: Bank, provider: FakeProvider) -> None:
    """A channel and a token are disabled and a mapping is changed while a stream is under way in the other process."""
    known = {"key": UPSTREAM_KEY, "base_url": provider.url}
    old, new = (json.dumps({"mapped-model": model}) for model in ("gpt-old", "gpt-new"))
    soon_off = bank.first.add_channel(**known, models="off-model", model_mapping='{"off-model": "fake-slow-200"}')
    mapped = bank.first.add_channel(**known, models="mapped-model", model_mapping=old)
    token = bank.token()
    bank.second.await_models("off-model", "mapped-model")
    with ThreadPoolExecutor(2) as pool:
        running: list[Future[str]] = [
            pool.submit(streamed, bank.second, token["key"], "off-model"),
            pool.submit(streamed, bank.second, token["key"], "fake-slow-200"),
        ]
        assert eventually(lambda: len(provider.requests), lambda count: count == 2) == 2
        bank.first.api("PUT", "/channel/", {"id": soon_off, "status": 2})
        bank.first.api("PUT", "/channel/", {"id": mapped, "model_mapping": new})
        bank.first.api("PUT", "/token/", {"id": token["id"], "status": 2}, status_only="true")
        time.sleep(1)
        for _ in range(5):
            assert bank.second.chat("off-model").status_code == 503
            assert chat(bank.second, token["key"], "gpt-4o").status_code == 401
            assert bank.second.chat("mapped-model").status_code == 200
        assert not any(future.done() for future in running)
        assert [future.result(30) for future in running] == [ANSWER] * 2
    asked = [one.json["model"] for one in provider.requests]
    assert Counter(asked) == {"fake-slow-200": 2, "gpt-new": 5}


def test_a_killed_process_gives_its_holds_back_when_it_is_missed(bank: Bank, provider: FakeProvider) -> None:
    """A process is missed after 60 s; the test turns its clock back instead of waiting."""
    token = bank.token(unlimited_quota=False, remain_quota=1000)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(chat, bank.second, token["key"], "fake-hang", max_tokens=100)
        assert eventually(lambda: begun(provider, "fake-hang"), bool)
        held = bank.left(token)
        assert 0 < held < 1000
        bank.second.process.send_signal(signal.SIGKILL)
        assert isinstance(asking.exception(10), httpx.TransportError)
    assert bank.left(token) == held
    database = connect(bank.place.dsn, bank.place.data_dir)
    database.execute("UPDATE workers SET seen_at = seen_at - 120 WHERE id IN (SELECT worker_id FROM holds)")
    database.close_all()
    # A process that starts looks for the gone at once, the living do every ten seconds.
    bank.again(1)
    assert eventually(lambda: bank.left(token), lambda left: left == 1000, 15) == 1000


def test_a_restart_keeps_everything(bank: Bank) -> None:
    token = bank.token(unlimited_quota=False, remain_quota=10_000)
    assert chat(bank.second, token["key"], "gpt-4o").status_code == 200
    # What is left sinks with the reservation already; what was used is there once it is settled.
    assert eventually(lambda: bank.used(token), bool) > 0

    def kept() -> dict[str, Any]:
        paths = ("/channel/", "/token/", "/log/", "/option/")
        return {path: bank.first.api("GET", path) for path in paths} | {"wealth": bank.wealth()}

    before = kept()
    bank.first.stop()
    bank.again(0)
    assert kept() == before
    bank.first.await_models(*MODELS)
    assert chat(bank.first, token["key"], "gpt-4o").status_code == 200
