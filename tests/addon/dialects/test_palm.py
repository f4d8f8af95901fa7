"""PaLM 2's names are answered by Gemini, whose own tests hold the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS, gemini
from addon.dialects.palm import DIALECT
from rules.providers import PROVIDERS
from tests.addon.dialects.native import chat, embedding

HOST = "https://generativelanguage.googleapis.com"
TARGET = Target(HOST, "fake-google-key", "PaLM-2")


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("PaLM-2", "gemini-flash-latest"),
        ("chat-bison-001", "gemini-flash-latest"),
        ("models/text-bison-001", "gemini-flash-latest"),
        ("gemini-2.5-pro", "gemini-2.5-pro"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_retired_name_is_answered_by_gemini(asked: str, answers: str, stream: bool) -> None:
    sent = DIALECT.codecs[Endpoint.CHAT].build(chat(stream=stream), replace(TARGET, model=asked))
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    assert sent.url == f"{HOST}/v1beta/models/{answers}:{method}"
    assert sent == gemini.DIALECT.codecs[Endpoint.CHAT].build(chat(stream=stream), replace(TARGET, model=answers))


@pytest.mark.parametrize("asked", ["embedding-gecko-001", "textembedding-gecko@003"])
def test_a_retired_embedding_is_made_by_gemini(asked: str) -> None:
    sent = DIALECT.codecs[Endpoint.EMBEDDINGS].build(embedding("x"), replace(TARGET, model=asked))
    assert sent.url == f"{HOST}/v1beta/models/gemini-embedding-001:batchEmbedContents"


def test_replies_are_geminis() -> None:
    for endpoint in (Endpoint.CHAT, Endpoint.EMBEDDINGS):
        ours, theirs = DIALECT.codecs[endpoint], gemini.DIALECT.codecs[endpoint]
        assert replace(ours, build=theirs.build) == theirs
    assert DIALECT.read_error is gemini.DIALECT.read_error


def test_the_row_says_that_it_is_retired() -> None:
    row = PROVIDERS[11]
    assert DIALECTS[row.dialect] is DIALECT
    assert "retired" in row.title_en and "已停用" in row.title_zh and "Gemini" in row.model_hint
