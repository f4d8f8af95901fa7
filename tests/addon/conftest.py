"""The tokenizer's ranks, unpacked once for all tests of the relay: no count here is an estimate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from addon.meter import prepare_ranks


@pytest.fixture(scope="session", autouse=True)
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        patch.delenv("TIKTOKEN_CACHE_DIR")
        patch.delenv("DATA_GYM_CACHE_DIR", raising=False)
        prepare_ranks(tmp_path_factory.mktemp("ranks"))
        yield
