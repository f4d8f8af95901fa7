"""A gateway of its own for the tests that mistreat the relay: channels to every kind of broken provider, and its books.

A model `fake-x` is served by an OpenAI-compatible channel, `claude-fake-x` by an Anthropic one that asks for `fake-x`.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from scripts.fake_provider import Connection, FakeProvider, running_fake_provider
from tests.e2e.books import Books, Purse
from tests.e2e.line import Line
from tests.e2e.server import Gateway, running_oneapi

KEY = "sk-fake-upstream"
OPENAI, ANTHROPIC = 1, 14
STATUSES = ("fake-400", "fake-401", "fake-404", "fake-429", "fake-500", "fake-503")
BEHAVIOURS = (
    *STATUSES,
    *("fake-cut", "fake-hang", "fake-html", "fake-reset", "fake-close", "fake-empty", "fake-cut-json", "fake-no-end"),
    *("fake-error-in-stream", "fake-error-first", "fake-split", "fake-gzip", "fake-huge-line", "fake-early-hints"),
    *("fake-trailers", "fake-slow-50", "fake-stall", "fake-late-300", "fake-well"),
)
RETRIES = 3


@dataclass(frozen=True, slots=True)
class Rig:
    """`closed` is a port that refuses; `silent` one whose connections are never established."""

    gateway: Gateway
    provider: FakeProvider
    books: Books
    purse: Purse
    closed: int
    silent: int

    def line(self, token: str = "", seconds: float = 20) -> Line:
        """A client connection; it pays from the purse."""
        return Line(self.gateway.port, token or self.purse.key, seconds)

    def ladder(self, model: str, *rungs: str, key: str = KEY) -> list[int]:
        """Channels for a model in descending priority; each rung is a behaviour, "refused", "silent" or a base URL."""
        return [self._rung(model, rung, 100 - number, key) for number, rung in enumerate(rungs)]

    def _rung(self, model: str, rung: str, priority: int, key: str) -> int:
        places = {"refused": f"http://127.0.0.1:{self.closed}", "silent": f"http://127.0.0.1:{self.silent}"}
        elsewhere = rung.startswith("http") or rung in places
        mapping = "" if elsewhere else json.dumps({model: rung})
        url = places.get(rung, rung) if elsewhere else self.provider.url
        return self.gateway.add_channel(
            name=f"{model}-{priority}",
            type=OPENAI,
            key=key,
            base_url=url,
            models=[model],
            priority=priority,
            model_mapping=mapping,
        )

    @contextlib.contextmanager
    def retrying(self, times: int) -> Iterator[None]:
        """With another RetryTimes than ours, once it is live."""
        if times == RETRIES:
            yield
            return
        self._set_retries(times)
        try:
            yield
        finally:
            self._set_retries(RETRIES)

    def _set_retries(self, times: int) -> None:
        self.gateway.api("PUT", "/option/", {"key": "RetryTimes", "value": str(times)})
        self.gateway.settle()

    def calm(self) -> tuple[int, int]:
        """What the user and the purse have, once every earlier exchange is settled."""
        assert self.books.no_holds()
        return self.books.balance(), self.books.left(self.purse)

    def connections(self) -> list[Connection]:
        """The connections on which the provider has received something since it last forgot, in order."""
        numbers = dict.fromkeys(one.connection for one in self.provider.requests)
        return [self.provider.connections[number] for number in numbers]


@contextlib.contextmanager
def running_rig(start: Callable[[], AbstractContextManager[Gateway]] = running_oneapi) -> Iterator[Rig]:
    with (
        running_fake_provider(key=KEY) as provider,
        start() as gateway,
        a_closed_port() as closed,
        a_silent_port() as silent,
    ):
        rig = Rig(gateway, provider, Books(gateway), Books(gateway).open_purse(), closed, silent)
        seed(rig)
        yield rig


def seed(rig: Rig) -> None:
    mapping = {f"claude-{name}": name for name in BEHAVIOURS}
    refused = f"http://127.0.0.1:{rig.closed}"
    add = rig.gateway.add_channel
    add(name="compatible", type=OPENAI, key=KEY, base_url=rig.provider.url, models=[*BEHAVIOURS, "gpt-4o"])
    add(
        name="translated",
        type=ANTHROPIC,
        key=KEY,
        base_url=rig.provider.url,
        models=list(mapping),
        model_mapping=json.dumps(mapping),
    )
    add(name="refusing", type=OPENAI, key=KEY, base_url=refused, models=["fake-refused"])
    add(name="refusing-claude", type=ANTHROPIC, key=KEY, base_url=refused, models=["claude-fake-refused"])
    rig.gateway.api("PUT", "/option/", {"key": "RetryTimes", "value": str(RETRIES)})
    rig.gateway.await_models("gpt-4o", *mapping, "claude-fake-refused")


@contextlib.contextmanager
def a_closed_port() -> Iterator[int]:
    """A port that refuses: bound, so that nobody else gets it, and not listened on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def a_silent_port() -> Iterator[int]:
    """A port whose backlog is full: the kernel drops each further SYN, and a connect never ends."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]
