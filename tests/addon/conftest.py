"""The tokenizer's ranks, unpacked once for all tests of the relay: no count here is an estimate. And a house."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mitmproxy import ctx

from addon.meter import prepare_ranks
from tests.addon.house import House, running_house


@pytest.fixture(scope="session", autouse=True)
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        patch.delenv("TIKTOKEN_CACHE_DIR")
        patch.delenv("DATA_GYM_CACHE_DIR", raising=False)
        prepare_ranks(tmp_path_factory.mktemp("ranks"))
        yield


@pytest.fixture(scope="session")
def session_house(ranks: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def house(session_house: House) -> House:
    """The real addon on a database of its own: root and root's token, no channels."""
    session_house.forget()
    return session_house


@pytest.fixture
def borrowed_context() -> Iterator[None]:
    """For tests with a master of their own: mitmproxy's `ctx` points at the house again afterwards."""
    before = dict(vars(ctx))
    yield
    vars(ctx).update(before)
