"""Replicate's predictions: where they are made and asked after, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.replicate_prediction import POLLS, created, failure, poll, read_at, stream_address
from tests.addon.dialects.native import document

KEY = "r8_fake"
API = "https://api.replicate.com"


def target(model: str = "meta/llama", base: str = API, key: str = KEY) -> Target:
    return Target(base, key, model)


@pytest.mark.parametrize("base", [API, f"{API}/v1"])
def test_a_models_own_address(base: str) -> None:
    outbound = created(target(base=base), {"prompt": "hi"}, streamed=False)
    assert (outbound.method, outbound.url) == ("POST", f"{API}/v1/models/meta/llama/predictions")
    assert dict(outbound.headers)["prefer"] == "wait"
    assert outbound.secrets == (("authorization", f"Bearer {KEY}"),)
    assert document(outbound) == {"input": {"prompt": "hi"}}


@pytest.mark.parametrize("model", ["a" * 64, f"someone/thing:{'a' * 64}"])
def test_a_version_is_named(model: str) -> None:
    outbound = created(target(model), {}, streamed=True)
    assert outbound.url == f"{API}/v1/predictions" and "prefer" not in dict(outbound.headers)
    assert document(outbound) == {"version": "a" * 64, "input": {}, "stream": True}


@pytest.mark.parametrize("model", ["llama", "a/b/c", "a/b:latest", "a b/c"])
def test_a_name_of_another_form_is_refused(model: str) -> None:
    with pytest.raises(CannotCarry, match="owner/name"):
        created(target(model), {}, streamed=False)


def test_a_key_of_another_form_says_which_it_should_have() -> None:
    with pytest.raises(BadKey, match="r8_"):
        created(target(key="sk-fake"), {}, streamed=False)
    assert created(target(key="a" * 40), {}, streamed=False).secrets
    assert created(target(key="sk-fake", base="https://mirror.test"), {}, streamed=False).secrets


def test_polls_become_rarer_and_end() -> None:
    found = [poll(target(), {"id": "p"}, count) for count in (1, 2, 50, POLLS + 1)]
    assert found[-1] is None
    assert [one.delay for one in found if one] == [0.5, 1, 3]
    assert found[0] is not None and found[0].outbound.url == f"{API}/v1/predictions/p"
    assert (found[0].outbound.method, found[0].outbound.secrets) == ("GET", (("authorization", f"Bearer {KEY}"),))


@pytest.mark.parametrize(
    ("address", "base", "known"),
    [
        ("https://stream.replicate.com/v1/x", API, True),
        ("https://api.replicate.com/v1/x", API, True),
        ("http://stream.replicate.com/v1/x", API, False),
        ("https://evil.test/.replicate.com", API, False),
        ("https://replicate.delivery/x.png", API, False),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9", True),
        ("https://stream.replicate.com/v1/x", "https://mirror.test", False),
    ],
)
def test_the_key_goes_to_those_who_have_it_already(address: str, base: str, known: bool) -> None:
    assert bool(read_at(address, target(base=base)).secrets) is known


def test_where_the_stream_is() -> None:
    assert stream_address({"urls": {"stream": "https://x"}}) == "https://x"
    assert stream_address({"urls": {}}) == stream_address({}) == ""


@pytest.mark.parametrize(
    ("prediction", "kind", "message"),
    [
        ({"status": "failed", "error": "CUDA"}, FaultKind.SERVER_ERROR, "CUDA"),
        ({"status": "failed", "error": "NSFW content"}, FaultKind.CONTENT_FILTER, "NSFW content"),
        ({"status": "canceled"}, FaultKind.SERVER_ERROR, "the prediction is canceled"),
        ({"status": "processing"}, FaultKind.SERVER_ERROR, "the prediction is processing"),
    ],
)
def test_why_there_is_no_output(prediction: dict[str, Any], kind: FaultKind, message: str) -> None:
    fault = failure(prediction)
    assert fault is not None and (fault.kind, fault.message) == (kind, message)


def test_what_succeeded_is_no_failure() -> None:
    assert failure({"status": "succeeded"}) is None
    with pytest.raises(KeyError):
        failure({"detail": "x"})
