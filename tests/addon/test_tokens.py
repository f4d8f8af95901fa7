from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tiktoken

from addon import tokens
from addon.tokens import Count, count, encoding_name, prepare_ranks, rough, warm

CL100K = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a new process: nothing is loaded, nothing is set (what the tests set themselves is undone)."""
    monkeypatch.setattr(tokens, "_loaded", {})
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        monkeypatch.setenv(name, "to be restored")
        os.environ.pop(name)
    yield


def test_the_ranks_are_unpacked_where_tiktoken_looks_for_them(tmp_path: Path) -> None:
    prepare_ranks(tmp_path)
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path / "tiktoken")
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "tiktoken").iterdir()}
    assert found == {
        CL100K: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        O200K: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    }


def test_the_second_start_writes_nothing_and_a_broken_file_is_put_right(tmp_path: Path) -> None:
    prepare_ranks(tmp_path)
    good, broken = tmp_path / "tiktoken" / CL100K, tmp_path / "tiktoken" / O200K
    broken.write_bytes(b"half a file")
    before = good.stat().st_mtime_ns
    prepare_ranks(tmp_path)
    assert good.stat().st_mtime_ns == before
    assert broken.stat().st_size > 3_000_000


def test_many_may_prepare_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(prepare_ranks, [tmp_path] * 8))
    assert sorted(path.name for path in (tmp_path / "tiktoken").iterdir()) == [CL100K, O200K]


@pytest.mark.parametrize("name", ["TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"])
def test_a_cache_that_is_named_is_the_one_that_is_filled(name: str, tmp_path: Path) -> None:
    os.environ[name] = str(tmp_path / "cache")
    prepare_ranks(tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "cache" / CL100K).exists()
    assert not count("hello", "gpt-4").estimated


def test_an_empty_name_means_that_none_is_named(tmp_path: Path) -> None:
    os.environ["TIKTOKEN_CACHE_DIR"] = ""
    prepare_ranks(tmp_path)
    assert (tmp_path / "tiktoken" / CL100K).exists()


def test_a_cache_that_cannot_be_written_means_estimates(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(tmp_path / "file" / "cache")
    with caplog.at_level(logging.WARNING):
        prepare_ranks(tmp_path)
    assert "tokens will be estimated" in caplog.text
    assert count("x" * 30, "gpt-4") == Count(10, estimated=True)


def test_without_ranks_the_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> tiktoken.Encoding:
        raise AssertionError(f"tiktoken would download {name}")

    monkeypatch.setattr(tiktoken, "get_encoding", refuse)
    assert count("你好", "gpt-4o") == Count(2, estimated=True)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-3.5-turbo", "cl100k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo-preview", "cl100k_base"),
        ("gpt-4o", "o200k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4omni", "o200k_base"),
        ("openai/gpt-4o", "o200k_base"),
        ("chatgpt-4o-latest", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("text-davinci-003", "cl100k_base"),
        ("claude-sonnet-4", "cl100k_base"),
        ("", "cl100k_base"),
    ],
)
def test_the_encoding_goes_by_the_model(model: str, name: str) -> None:
    assert encoding_name(model) == name


def test_tokens_are_counted_as_tiktoken_does(tmp_path: Path) -> None:
    prepare_ranks(tmp_path)
    warm()
    text = "Hello world, 你好世界! <|endoftext|>"
    for model, name in (("gpt-4", "cl100k_base"), ("gpt-4o", "o200k_base")):
        assert count(text, model) == Count(len(tiktoken.get_encoding(name).encode_ordinary(text)))
    assert count("", "gpt-4") == Count(0)
    assert count("half \ud83d", "gpt-4").tokens > 0


def test_long_texts_are_counted_in_slices(tmp_path: Path) -> None:
    prepare_ranks(tmp_path)
    assert count(" " * 1_000_000, "gpt-4") == Count(7875)
    assert count("word " * 10_000, "gpt-4").tokens == pytest.approx(10_001, abs=10)


def test_a_failing_tokenizer_means_a_third_of_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Moody:
        def encode_ordinary(self, text: str) -> list[int]:
            raise ValueError("regex stack overflow")

    monkeypatch.setattr(tokens, "_loaded", {"cl100k_base": Moody()})
    assert count("x" * 30, "gpt-4") == Count(10, estimated=True)
    assert "regex" not in caplog.text


def test_approximate_is_a_share_of_the_bytes() -> None:
    assert count("x" * 100, "gpt-4", approximate=True) == Count(38)
    assert count("你好", "gpt-4", approximate=True) == Count(2)


def test_rough_counts_bytes() -> None:
    assert rough("你好") == Count(2, estimated=True)
