"""Azure's addresses and key; what its replies say is in test_openai, with all its recordings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint
from addon.dialects import openai
from addon.dialects.azure import DIALECT
from addon.face.decode import decode

HOST = "https://res.openai.azure.com"
BODIES: dict[Endpoint, dict[str, Any]] = {
    Endpoint.CHAT: {"messages": [{"role": "user", "content": "hi"}]},
    Endpoint.COMPLETIONS: {"prompt": "hi"},
    Endpoint.EMBEDDINGS: {"input": "hi"},
}


def built(
    endpoint: Endpoint = Endpoint.CHAT,
    base_url: str = HOST,
    model: str = "gpt-4.1",
    mapped: bool = False,
    version: str = "",
    **fields: Any,
) -> Outbound:
    raw = json.dumps({"model": "gpt-4.1", **BODIES[endpoint], **fields}).encode()
    target = Target(base_url, "fake-azure-key", model, config={"api_version": version}, mapped=mapped)
    return DIALECT.codecs[endpoint].build(decode(endpoint, "application/json", raw), target)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"version": "2024-10-21"}, f"{HOST}/openai/deployments/gpt-41/chat/completions?api-version=2024-10-21"),
        (
            {"version": "2024-10-21", "endpoint": Endpoint.EMBEDDINGS},
            f"{HOST}/openai/deployments/gpt-41/embeddings?api-version=2024-10-21",
        ),
        (
            {"version": "2024-10-21", "base_url": f"{HOST}/openai"},
            f"{HOST}/openai/deployments/gpt-41/chat/completions?api-version=2024-10-21",
        ),
        (
            {"version": "2024-10-21", "mapped": True},
            f"{HOST}/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
        ),
        (
            {"version": "2024-10-21", "mapped": True, "model": "my dep/1"},
            f"{HOST}/openai/deployments/my%20dep%2F1/chat/completions?api-version=2024-10-21",
        ),
        (
            {"version": "2024-10-21", "base_url": "https://gateway.ai.cloudflare.com/v1/a/g/azure-openai/res"},
            "https://gateway.ai.cloudflare.com/v1/a/g/azure-openai/res/gpt-41/chat/completions?api-version=2024-10-21",
        ),
        ({}, f"{HOST}/openai/v1/chat/completions"),
        ({"version": " v1 "}, f"{HOST}/openai/v1/chat/completions"),
        ({"version": "preview"}, f"{HOST}/openai/v1/chat/completions?api-version=preview"),
        ({"base_url": f"{HOST}/openai/v1"}, f"{HOST}/openai/v1/chat/completions"),
        (
            {"base_url": f"{HOST}/openai/v1", "version": "2024-10-21", "endpoint": Endpoint.COMPLETIONS},
            f"{HOST}/openai/v1/completions",
        ),
    ],
)
def test_build_finds_the_surface(fields: dict[str, Any], url: str) -> None:
    assert built(**fields).url == url


def test_build_sends_the_key_in_azures_header() -> None:
    outbound = built(version="2024-10-21")
    assert outbound.secrets == (("api-key", "fake-azure-key"),)
    assert dict(outbound.headers) == {"content-type": "application/json", "accept": "application/json"}


def test_build_names_the_deployment_as_the_model_of_the_v1_surface() -> None:
    assert json.loads(built(model="my.deployment", mapped=True).body)["model"] == "my.deployment"


@pytest.mark.parametrize(
    ("version", "asks"),
    [
        ("2024-02-01", False),
        ("2024-03-01-preview", False),
        ("2024-09-01-preview", True),
        ("2024-10-21", True),
        ("", True),
    ],
)
def test_build_asks_for_usage_where_the_version_knows_it(version: str, asks: bool) -> None:
    assert ("stream_options" in json.loads(built(version=version, stream=True).body)) == asks


def test_dialect_reads_as_openai_does() -> None:
    lacking = {Endpoint.IMAGE_VARIATIONS, Endpoint.MODERATIONS, Endpoint.RERANK}
    assert DIALECT.codecs.keys() == openai.DIALECT.codecs.keys() - lacking
    assert DIALECT.read_error is openai.DIALECT.read_error
