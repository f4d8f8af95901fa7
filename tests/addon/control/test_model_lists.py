"""Lists of models, on real ones where somebody has recorded them, else on those of the documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.control.listed import Listed
from addon.control.model_lists import CLOUDFLARE_PAGE, LISTS
from addon.control.way import REQUEST, codec_of
from addon.dialects import DIALECTS
from rules.providers import PROVIDERS, Provider
from tests.addon.control.asking import KEY, ask, target_for
from tests.recordings import Recording, cases

DEEPL_KEY = "00000000-0000-4000-8000-00000000fa4e:fx"
RECORDED = ("anthropic", "gemini", "groq", "mistral", "ollama", "openai")


def row_of(name: str) -> Provider:
    return next(row for row in PROVIDERS.values() if row.name == name)


@pytest.mark.parametrize("recording", cases(RECORDED, ("models",)))
def test_a_recorded_list_is_read(recording: Recording) -> None:
    """Everything that names a model in the reply, and nothing else; an error is told in its own words."""
    row = row_of(recording.provider)
    if recording.status != 200:
        fault = DIALECTS[row.dialect].read_error(recording.status, recording.headers, recording.body)
        assert "API key" in fault.message
        return
    document = json.loads(recording.body)
    named = [one.get("id") or one.get("name") for one in document.get("data") or document["models"]]
    retired = {one["id"] for one in document.get("data", ()) if one.get("active") is False}
    asked, found = ask(LISTS[row.model_list][0], target_for(recording.provider), document)
    assert {one.id for one in found} == set(named) - retired
    assert asked.urls[0].split("?")[0] == recording.url.split("?")[0].replace("/openai/openai/", "/openai/")


@pytest.mark.parametrize("recording", cases(("anthropic",), ("models",)))
def test_anthropics_next_page_begins_behind_the_last(recording: Recording) -> None:
    document = json.loads(recording.body)
    more = document | {"has_more": True, "last_id": document["data"][-1]["id"]}
    asked, found = ask(LISTS["anthropic"][0], target_for("anthropic"), more, document)
    assert asked.urls == [
        "https://api.anthropic.com/v1/models?limit=1000",
        f"https://api.anthropic.com/v1/models?limit=1000&after_id={more['last_id']}",
    ]
    assert asked.sent[1].secrets == (("x-api-key", KEY),)
    assert ("anthropic-version", "2023-06-01") in asked.sent[1].headers
    assert len(found) == len(document["data"])


def test_anthropic_behind_a_mirror() -> None:
    asked, _ = ask(LISTS["anthropic"][0], target_for("anthropic", "http://mirror.example/v1"), {"data": []})
    assert asked.urls == ["http://mirror.example/v1/models?limit=1000"]


def test_cohere_pages_and_leaves_out_what_is_retired() -> None:
    first = {"models": [{"name": "command-a-03-2025"}, {"name": "old", "is_deprecated": True}], "next_page_token": "x="}
    asked, found = ask(LISTS["cohere"][0], target_for("cohere"), first, {"models": [{"name": "embed-v4.0"}]})
    assert asked.urls == [
        "https://api.cohere.ai/v1/models?page_size=1000",
        "https://api.cohere.ai/v1/models?page_size=1000&page_token=x%3D",
    ]
    assert found == (Listed("command-a-03-2025"), Listed("embed-v4.0"))


@pytest.mark.parametrize("end", ["", "/v1", "/api"])
def test_ollama_is_asked_without_a_key_where_it_has_none(end: str) -> None:
    target = target_for("ollama", f"http://localhost:11434{end}", key="")
    asked, found = ask(LISTS["ollama"][0], target, {"models": [{"model": "qwen3:4b"}, {"name": "all-minilm:latest"}]})
    assert asked.urls == ["http://localhost:11434/api/tags"]
    assert asked.sent[0].secrets == ()
    assert found == (Listed("all-minilm:latest"), Listed("qwen3:4b"))


def cloudflare(count: int, task: str = "Text Generation", start: int = 0) -> dict[str, Any]:
    result = [{"id": "uuid", "name": f"@cf/x/{start + at}", "task": {"name": task}} for at in range(count)]
    return {"success": True, "errors": [], "messages": [], "result": result}


def test_cloudflare_pages_and_keeps_to_what_the_dialect_offers() -> None:
    target = target_for("cloudflare", config={"user_id": "0123456789abcdef0123456789abcdef"})
    last = cloudflare(1, "Object Detection", 500)
    last["result"].append({"id": "uuid", "name": "@cf/x/untold"})
    asked, found = ask(LISTS["cloudflare"][0], target, cloudflare(CLOUDFLARE_PAGE), last)
    root = "https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/models/search"
    assert asked.urls == [f"{root}?per_page=100&page=1", f"{root}?per_page=100&page=2"]
    assert len(found) == CLOUDFLARE_PAGE + 1
    assert Listed("@cf/x/untold") in found


def test_cloudflare_needs_the_account_and_its_gateway_has_no_list() -> None:
    with pytest.raises(BadKey, match="account ID"):
        codec_of(LISTS["cloudflare"][0]).build(REQUEST, target_for("cloudflare"))
    gateway = target_for("cloudflare", "https://gateway.ai.cloudflare.com/v1/a/b/workers-ai")
    with pytest.raises(CannotCarry, match="lists no models"):
        codec_of(LISTS["cloudflare"][0]).build(REQUEST, gateway)


def test_replicate_lists_what_it_has_chosen_itself() -> None:
    talk = {"slug": "language-models", "models": [{"owner": "meta", "name": "meta-llama-3-70b-instruct"}]}
    draw = {"slug": "text-to-image", "models": [{"owner": "black-forest-labs", "name": "flux-schnell"}]}
    asked, found = ask(LISTS["replicate"][0], target_for("replicate"), talk, draw)
    root = "https://api.replicate.com/v1/collections"
    assert asked.urls == [f"{root}/language-models", f"{root}/text-to-image"]
    assert found == (Listed("black-forest-labs/flux-schnell"), Listed("meta/meta-llama-3-70b-instruct"))


def test_deepls_models_are_languages() -> None:
    languages = [{"language": "PT-BR", "name": "Portuguese (Brazilian)"}, {"language": "DE"}]
    asked, found = ask(LISTS["deepl"][0], target_for("deepl", key=DEEPL_KEY), languages)
    assert asked.urls == ["https://api-free.deepl.com/v2/languages?type=target"]
    assert found == (Listed("deepl-de"), Listed("deepl-pt-br", "Portuguese (Brazilian)"))


def test_every_name_in_a_row_is_known_and_used() -> None:
    assert {row.model_list for row in PROVIDERS.values()} - {""} == set(LISTS)


CONFIGURED: dict[str, dict[str, Any]] = {
    "cloudflare": {"config": {"user_id": "0123456789abcdef0123456789abcdef"}},
    "aws": {"key": "ak|sk|us-east-1"},
    "deepl": {"key": DEEPL_KEY},
}


@pytest.mark.parametrize("row", [row for row in PROVIDERS.values() if row.model_list], ids=lambda row: row.name)
def test_a_channel_with_another_address_is_asked_there_and_nowhere_else(row: Provider) -> None:
    target: Target = target_for(row.name, "http://mirror.example:8080", **CONFIGURED.get(row.name, {}))
    for way in LISTS[row.model_list]:
        assert codec_of(way).build(REQUEST, target).url.startswith("http://mirror.example:8080/")
