"""Fixtures for tests that need the real thing: a provider that is not there, and a gateway in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider
from tests.e2e.rig import Rig, running_rig
from tests.e2e.server import Gateway, running_oneapi

UPSTREAM_KEY = "sk-fake-upstream"
# One API's type number and the models of the channel.
CHANNELS = {
    "openai": (1, ["gpt-4o", "gpt-3.5-turbo", "gpt-3.5-turbo-instruct", "text-embedding-3-small"]),
    "azure": (3, ["azure-gpt-4o"]),
    "anthropic": (14, ["claude-sonnet-4-5"]),
    "gemini": (24, ["gemini-2.5-flash", "gemini-embedding-001"]),
    "coze": (34, ["7379462189365198898"]),
}
STEERING = [
    *("fake-400", "fake-401", "fake-404", "fake-429", "fake-500", "fake-503"),
    *("fake-cut", "fake-hang", "fake-stall", "fake-html", "fake-reset", "fake-close", "fake-empty", "fake-cut-json"),
    *("fake-error-in-stream", "fake-error-first", "fake-no-end", "fake-split", "fake-bytewise", "fake-gzip"),
    *("fake-huge-line", "fake-early-hints", "fake-trailers", "fake-slow-50", "fake-slow-200", "fake-late-300"),
    *("fake-long-100", "fake-tool", "fake-reasoning"),
]


def seed(gateway: Gateway, provider: FakeProvider, *names: str) -> dict[str, int]:
    """One channel per dialect, all to the fake, the steering models to OpenAI's; their ids, once they are live."""
    ids = {}
    for name in names or CHANNELS:
        kind, models = CHANNELS[name]
        more = {"config": '{"api_version": "2024-10-21"}'} if name == "azure" else {}
        served = [*models, *STEERING] if name == "openai" else models
        ids[name] = gateway.add_channel(
            name=name, type=kind, key=UPSTREAM_KEY, base_url=provider.url, models=served, **more
        )
    gateway.await_models(*(model for name in ids for model in CHANNELS[name][1]))
    return ids


@pytest.fixture(scope="session")
def session_provider() -> Iterator[FakeProvider]:
    with running_fake_provider(key=UPSTREAM_KEY) as running:
        yield running


@pytest.fixture
def provider(session_provider: FakeProvider) -> FakeProvider:
    """The fake provider, with nothing received and nothing planned."""
    session_provider.forget()
    return session_provider


@pytest.fixture(scope="session")
def gateway(session_provider: FakeProvider) -> Iterator[Gateway]:
    """One `oneapi` for all tests that leave it as it was, with a channel for each dialect."""
    with running_oneapi() as running:
        seed(running, session_provider)
        yield running


@pytest.fixture(scope="session")
def session_rig() -> Iterator[Rig]:
    with running_rig() as running:
        yield running


@pytest.fixture
def rig(session_rig: Rig) -> Rig:
    """Another `oneapi`, for the tests that mistreat the relay; its provider has received nothing yet."""
    session_rig.provider.forget()
    return session_rig
