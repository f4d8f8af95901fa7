"""Embeddings and rerank at DashScope."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Event, Failed, Scored, Started, UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint, RerankRequest
from addon.dialects.dashscope import DIALECT
from tests.addon.dialects.native import document, embedding
from tests.recordings import recordings

BASE = "https://dashscope.aliyuncs.com"
EMBEDDINGS, RERANK = DIALECT.codecs[Endpoint.EMBEDDINGS], DIALECT.codecs[Endpoint.RERANK]


def target(model: str = "text-embedding-v4") -> Target:
    return Target(BASE, "sk-fake", model)


def reply(*vectors: tuple[int, list[float]], name: str = "text_index", **usage: int) -> dict[str, Any]:
    found = [{name: index, "embedding": vector} for index, vector in vectors]
    return {"output": {"embeddings": found}, "usage": usage, "request_id": "r"}


def read(*replies: Any) -> list[Event]:
    return list(EMBEDDINGS.read_reply(embedding("a"), target(), json.dumps(replies).encode()))


def test_texts() -> None:
    outbound = EMBEDDINGS.build(embedding(["a", "b"], dimensions=64, text_type="query", instruct="x"), target())
    assert outbound.url == f"{BASE}/api/v1/services/embeddings/text-embedding/text-embedding"
    assert document(outbound) == {
        "model": "text-embedding-v4",
        "input": {"texts": ["a", "b"]},
        "parameters": {"text_type": "query", "instruct": "x", "dimension": 64},
    }


@pytest.mark.parametrize("model", ["multimodal-embedding-v1", "qwen2.5-vl-embedding"])
def test_texts_for_models_that_see(model: str) -> None:
    outbound = EMBEDDINGS.build(embedding("a"), target(model))
    assert outbound.url == f"{BASE}/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding"
    assert document(outbound)["input"] == {"contents": [{"text": "a"}]}


def test_many_texts_take_several_requests() -> None:
    request = embedding([str(number) for number in range(23)])
    assert EMBEDDINGS.follow_up is not None
    batches = [document(EMBEDDINGS.build(request, target()))["input"]["texts"]]
    for count in range(1, 9):
        again = EMBEDDINGS.follow_up(request, target(), b"{}", count)
        if again is None:
            break
        batches.append(document(again.outbound)["input"]["texts"])
    assert [len(batch) for batch in batches] == [10, 10, 3]
    assert [text for batch in batches for text in batch] == list(request.inputs)


def test_token_ids_are_refused() -> None:
    with pytest.raises(CannotCarry, match="token ids"):
        EMBEDDINGS.build(embedding([[1, 2]]), target())


def test_the_vectors_of_all_batches_are_numbered_through() -> None:
    said = read(reply((1, [2.0]), (0, [1.0]), total_tokens=3), reply((0, [3.0]), name="index", input_tokens=2))
    assert said[0] == Started(id="r")
    assert said[1:4] == [Vector(0, (1.0,)), Vector(1, (2.0,)), Vector(2, (3.0,))]
    assert isinstance(said[4], UsageReported)
    assert said[4].usage.prompt == 5


def test_our_own_recording_is_in_order() -> None:
    [recording] = [one for one in recordings(["dashscope"], ["embeddings"]) if one.own]
    vectors = [one for one in read(json.loads(recording.body)) if isinstance(one, Vector)]
    assert vectors == [Vector(0, (0.25, -0.5)), Vector(1, (1.0, 0.125))]


def test_a_batch_that_failed_fails_all() -> None:
    [failed] = read(reply((0, [1.0])), {"code": "Throttling", "message": "slow down"})
    assert isinstance(failed, Failed)
    assert failed.fault.kind is FaultKind.RATE_LIMITED


def ranked(**fields: Any) -> RerankRequest:
    return RerankRequest(
        {"instruct": "x"} if fields.pop("told", False) else {}, b"", "m", "q", ("a", "b", "c"), **fields
    )


def test_a_rerank() -> None:
    outbound = RERANK.build(ranked(top_n=2, told=True), target("gte-rerank-v2"))
    assert outbound.url == f"{BASE}/api/v1/services/rerank/text-rerank/text-rerank"
    assert document(outbound) == {
        "model": "gte-rerank-v2",
        "input": {"query": "q", "documents": ["a", "b", "c"]},
        "parameters": {"return_documents": False, "top_n": 2, "instruct": "x"},
    }
    assert document(RERANK.build(ranked(), target("gte-rerank-v2")))["parameters"] == {"return_documents": False}


@pytest.mark.parametrize(("told", "texts"), [(True, ("a", "c")), (False, ("", ""))])
def test_the_ranks(told: bool, texts: tuple[str, str]) -> None:
    [recording] = recordings(["dashscope"], ["rerank"])
    said = list(RERANK.read_reply(ranked(return_documents=told), target(), recording.body))
    assert said[1:3] == [Scored(0, 0.93, texts[0]), Scored(2, 0.34, texts[1])]
    assert isinstance(said[3], UsageReported)
    assert said[3].usage.prompt == 79


def test_an_error_instead_of_ranks() -> None:
    [failed] = RERANK.read_reply(ranked(), target(), b'{"code":"InvalidApiKey","message":"no"}')
    assert isinstance(failed, Failed)
    assert failed.fault.kind is FaultKind.BAD_KEY
