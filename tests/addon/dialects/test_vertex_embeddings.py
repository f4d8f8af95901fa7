"""Embeddings on Vertex AI: the recorded vectors, and the documents that google-genai sends for the same texts.

A reply to several texts was never recorded: `batchEmbedContents` is written from google-genai's reader of it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Ended, Started, UsageReported, Vector
from addon.canon.request import CannotCarry
from addon.dialects.vertex_embeddings import method_and_document, reply_events
from tests.addon.dialects.genai_traffic import PROJECT, Call, sent_by_genai
from tests.addon.dialects.native import embedding
from tests.recordings import Recording, cases


@pytest.mark.parametrize("recording", cases(["vertex"], ["embeddings"]))
def test_recorded_vectors_come_out_equal(recording: Recording) -> None:
    found = list(reply_events(recording.body))
    reply = json.loads(recording.body)
    if "predictions" in reply:
        told = [one["embeddings"] for one in reply["predictions"]]
        tokens = sum(one["statistics"]["token_count"] for one in told)
    else:
        told, tokens = [reply["embedding"]], reply["usageMetadata"]["promptTokenCount"]
    vectors = [event for event in found if isinstance(event, Vector)]
    assert [list(event.values) for event in vectors] == [one["values"] for one in told]
    assert [event.index for event in vectors] == list(range(len(told)))
    assert [event.usage.prompt for event in found if isinstance(event, UsageReported)] == [tokens]
    assert isinstance(found[0], Started) and isinstance(found[-1], Ended)


def test_several_vectors_come_in_their_order() -> None:
    body = json.dumps({"embeddings": [{"values": [1.0]}, {"values": [2.0]}]}).encode()
    assert [event for event in reply_events(body) if isinstance(event, Vector)] == [
        Vector(0, (1.0,)),
        Vector(1, (2.0,)),
    ]
    assert not [event for event in reply_events(body) if isinstance(event, UsageReported)]
    with pytest.raises(KeyError):
        list(reply_events(b'{"error": "no"}'))


def test_token_ids_are_refused() -> None:
    with pytest.raises(CannotCarry) as told:
        method_and_document(embedding([[1, 2]]), "gemini-embedding-001")
    assert told.value.param == "input[0]"


CASES: list[tuple[str, list[str], int | None]] = [
    ("text-embedding-005", ["a"], None),
    ("text-embedding-005", ["a", "b"], 256),
    ("gemini-embedding-001", ["a"], None),
    ("gemini-embedding-001", ["a"], 256),
    ("gemini-embedding-2", ["a", "b"], None),
    ("gemini-embedding-2", ["a", "b"], 256),
]


def genai_call(model: str, texts: list[str], size: int | None) -> Call:
    # Several plain texts would be parts of one content for the newest model.
    contents: Any = [{"role": "user", "parts": [{"text": text}]} for text in texts] if "gemini" in model else texts
    return PROJECT, "embed_content", {"model": model, "contents": contents, "config": {"output_dimensionality": size}}


def test_google_genai_asks_the_same_way() -> None:
    theirs = sent_by_genai([genai_call(*case) for case in CASES])
    for (model, texts, size), (url, wanted) in zip(CASES, theirs, strict=True):
        method, document = method_and_document(embedding(texts, dimensions=size), model)
        assert url.endswith(f"/publishers/google/models/{model}:{method}")
        assert document == wanted
