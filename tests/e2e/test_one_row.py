"""A provider that speaks OpenAI's dialect is one row in one file: a gateway with such a row serves it, through every
door that asks what a provider is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import httpx
import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider
from tests.e2e.server import ROOT, Gateway, running_oneapi

FILE = "providers_hosts.py"
HEAD = "ROWS: tuple[Provider, ...] = (\n"
ROW = """    Provider(
        900,
        "made-up",
        "Made Up",
        "虚构",
        "https://api.made-up.example",
        models=("made-up-1",),
        quirks={"drop": ("seed",), "clamp": (("temperature", 0, 1),)},
    ),
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with running_fake_provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """With a copy of the rules, in which one file has one row more."""
    copy = tmp_path_factory.mktemp("with-a-row")
    shutil.copytree(ROOT / "rules", copy / "rules", ignore=shutil.ignore_patterns("__pycache__"))
    table = copy / "rules" / FILE
    before = table.read_text(encoding="utf-8")
    assert HEAD in before
    table.write_text(before.replace(HEAD, HEAD + ROW), encoding="utf-8")
    with running_oneapi({"PYTHONPATH": str(copy)}) as one:
        yield one


@pytest.fixture(scope="module", autouse=True)
def channel(gateway: Gateway, provider: FakeProvider) -> None:
    gateway.add_channel(name="made-up", type=900, base_url=provider.url, models=["made-up-1"])
    gateway.await_models("made-up-1")


@pytest.fixture(autouse=True)
def nothing_seen(provider: FakeProvider) -> None:
    provider.forget()


def test_a_row_more_is_a_channel_type_more(gateway: Gateway) -> None:
    assert gateway.api("GET", "/models")["900"] == ["made-up-1"]


@pytest.mark.parametrize("stream", [False, True])
def test_it_is_served_with_its_quirks(gateway: Gateway, provider: FakeProvider, stream: bool) -> None:
    reply = gateway.chat("made-up-1", "hello", seed=3, temperature=2, stream=stream)
    assert reply.status_code == 200, reply.text
    assert "hello" in reply.text
    assert reply.text.endswith("data: [DONE]\n\n") == stream
    [received] = provider.requests
    assert (received.path, received.header("authorization")) == ("/v1/chat/completions", "Bearer sk-fake-upstream")
    assert received.json["temperature"] == 1
    assert "seed" not in received.json


def test_what_its_row_does_not_offer_is_refused_by_its_name(gateway: Gateway, provider: FakeProvider) -> None:
    reply = httpx.post(
        f"{gateway.base_url}/images/generations",
        headers={"authorization": f"Bearer {gateway.token}"},
        json={"model": "made-up-1", "prompt": "a cat"},
        trust_env=False,
    )
    assert reply.status_code in (400, 501)
    assert "Made Up" in reply.json()["error"]["message"]
    assert provider.requests == []
