"""Each cell of the conformance table, through a real gateway: the official client on one side, the provider's bytes on
the other.

A cell that works is asked for as a document and as a stream; a cell that says none is asked for, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider
from tests.addon.dialects.credentials import service_account
from tests.conformance import cases
from tests.conformance.capabilities import (
    PICTURE,
    PICTURE_BASE64,
    PROMPT_TOKENS,
    SEPARATE,
    SOUND,
    SOUND_BASE64,
    TEXT,
    ask,
)
from tests.conformance.checks import check, counts, message
from tests.conformance.client import Client, Seen, running_client
from tests.conformance.table import Cell, Line, every, lines
from tests.e2e.books import Books
from tests.e2e.server import Gateway, running_oneapi

STATUS = {"rate_limited": (429,), "bad_request": (400, 422)}
"""What a client may get for a fault of this kind, whatever the provider's own status is: what its classes know."""
TELLING = {"tools": "get_weather", "vision": PICTURE_BASE64, "json": "additionalProperties", "reasoning": "high"}
"""What stands in a request that carries a capability."""


@dataclass(frozen=True, slots=True)
class World:
    gateway: Gateway
    provider: FakeProvider
    client: Client
    books: Books
    channels: dict[str, int]

    def play(self, line: Line, capability: str, model: str, rounds: list[cases.Round], streamed: bool) -> Seen:
        """One call; the provider sees exactly these rounds."""
        self.provider.forget()
        self.provider.reply(*(cases.answer(one.answer, self.provider.url) for one in rounds))
        key = f"{self.gateway.token}-{self.channels[line.provider.name]}"
        seen = self.client.call(key, ask(capability, model, streamed))
        received = self.provider.requests
        problems = [
            f"round {number + 1}: {problem}"
            for number, (one, got) in enumerate(zip(rounds, received, strict=False))
            for problem in cases.mismatches(one.sent, got, model, self.provider.url)
        ]
        assert problems == []
        assert len(received) == len(rounds), f"{[one.path for one in received]}; the client saw {seen}"
        return seen


def channel(line: Line, url: str) -> dict[str, object]:
    """The fields of a provider's channel. What follows the host in the row's base URL is kept."""
    setup = dict(line.setup)
    path = setup.pop("base_path", line.provider.base_url.partition("://")[2].partition("/")[2])
    if setup.get("key") == "service_account":
        setup["key"] = service_account(token_uri=f"{url}/_token")
    if "config" in setup:
        setup["config"] = json.dumps(setup["config"])
    address = f"{url}/{path}".rstrip("/")
    known = {"name": line.provider.name, "type": line.provider.id, "key": "sk-fake-upstream", "base_url": address}
    return {**known, "models": line.models or ["any"], **setup}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_fake_provider() as provider, running_oneapi() as gateway, running_client(gateway.base_url) as client:
        channels = {name: gateway.add_channel(**channel(line, provider.url)) for name, line in lines().items()}
        gateway.await_models(*(model for line in lines().values() for model in line.models))
        yield World(gateway, provider, client, Books(gateway), channels)


Asked = tuple[Line, str, str, Cell, bool]


def working() -> Iterator[tuple[str, Line, str, Cell, str, str, bool]]:
    """(id, line, capability, cell, the part of the case, what is asked, streamed) of all that works."""
    for line, capability, cell in every():
        for part, model in cell.models.items():
            for streamed in ways(capability, cell):
                where = part if part != "chat" else "stream" if streamed else "whole"
                asked = part if part != "chat" else capability
                name = "-".join(dict.fromkeys((line.provider.name, capability, where)))
                yield name, line, asked, cell, where, model, streamed


def ways(capability: str, cell: Cell) -> tuple[bool, ...]:
    if capability == "errors" or capability in SEPARATE or cell.whole_only:
        return (False,) if capability != "errors" else ()
    return {"text": (False,), "stream": (True,)}.get(capability, (False, True))


@pytest.mark.parametrize(
    ("line", "asked", "cell", "part", "model", "streamed"), [pytest.param(*one[1:], id=one[0]) for one in working()]
)
def test_cell_works(world: World, line: Line, asked: str, cell: Cell, part: str, model: str, streamed: bool) -> None:
    shown = {"usage": "stream" if streamed else "text"}.get(asked, asked)
    found = cases.find(line.provider, "audio" if part in ("speech", "transcriptions") else shown)
    assert found is not None
    rounds = cases.load(found).parts[part]
    seen = world.play(line, shown, model, rounds, streamed)
    if asked == "usage" and cell.counted:
        told = counts(seen, streamed)
        assert told["prompt_tokens"] > 0
        assert told["completion_tokens"] > 0
    elif asked == "usage" and cell.characters:
        told = counts(seen, streamed)
        assert (told["prompt_tokens"], told["completion_tokens"]) == (PROMPT_TOKENS, 0)
    else:
        check(asked, seen, streamed)
    if asked in ("vision", "transcriptions"):
        carried(world, asked)
    if asked == "usage":
        row = world.books.row(seen.request_id)
        assert (row["quota"] > 0, bool(row["estimated"])) == (True, cell.counted)


def carried(world: World, asked: str) -> None:
    """The bytes have reached the provider, as they are or in base64."""
    raw, packed = (PICTURE, PICTURE_BASE64) if asked == "vision" else (SOUND, SOUND_BASE64)
    assert any(raw in one.body or packed.encode() in one.body for one in world.provider.requests)


def faults() -> Iterator[object]:
    for line, capability, cell in every():
        file = cases.find(line.provider, "errors")
        if capability == "errors" and cell.models and file is not None:
            for kind in cases.load(file).parts:
                yield pytest.param(line, kind, cell.models["chat"], id=f"{line.provider.name}-errors-{kind}")


@pytest.mark.parametrize(("line", "kind", "model"), faults())
def test_cell_tells_faults(world: World, line: Line, kind: str, model: str) -> None:
    """The client gets an exception of its own kind, with the provider's words; the log says which kind it was."""
    file = cases.find(line.provider, "errors")
    assert file is not None
    streamed = kind == "in_stream"
    seen = world.play(line, "errors", model, cases.load(file).parts[kind], streamed)
    assert seen.raised, seen
    assert "fake trouble" in seen.message
    row = world.books.row(seen.request_id)
    if streamed:
        assert "".join(choice["delta"].get("content") or "" for one in seen.chunks for choice in one["choices"]) in TEXT
        return
    assert row["detail"]["attempts"][-1]["reason"].partition(":")[0] == kind
    assert row["quota"] == 0
    assert seen.status in STATUS.get(kind, range(400, 600))


def denied() -> Iterator[object]:
    for line, capability, cell in every():
        if cell.then in ("refused", "dropped"):
            yield pytest.param(line, capability, cell, id=f"{line.provider.name}-{capability}")


@pytest.mark.parametrize(("line", "capability", "cell"), denied())
def test_cell_says_none(world: World, line: Line, capability: str, cell: Cell) -> None:
    """What a provider does not have is refused in clear words, or a knob that is not turned."""
    asked = {"audio": "speech"}.get(capability, capability)
    model = line.models[0] if line.models else "any"
    if cell.then == "refused":
        seen = world.play(line, asked, model, [], False)
        assert seen.status in (400, 501), seen
        if capability in SEPARATE:
            assert line.provider.title_en in seen.message or line.provider.title_zh in seen.message
            assert SEPARATE[capability].split("/")[0] in seen.message
        return
    file = cases.find(line.provider, "text")
    assert file is not None
    unchecked = [cases.Round(one.answer) for one in cases.load(file).parts["whole"]]
    seen = world.play(line, asked, model, unchecked, False)
    assert message(seen, False)["content"] == TEXT
    assert all(TELLING[capability].encode() not in one.body for one in world.provider.requests)
