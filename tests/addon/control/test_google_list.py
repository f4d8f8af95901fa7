from __future__ import annotations

import json

from addon.control.google_list import GEMINI, VERTEX
from addon.control.listed import Listed
from tests.addon.control.asking import ask, target_for

HOST = "https://generativelanguage.googleapis.com"
GLOBAL = "https://aiplatform.googleapis.com/v1beta1/publishers"


def test_gemini_is_read_page_by_page_without_what_answers_nothing() -> None:
    first = {
        "models": [
            {"name": "models/gemini-2.5-flash", "supportedGenerationMethods": ["generateContent", "countTokens"]},
            {"name": "models/aqa", "supportedGenerationMethods": ["generateAnswer"]},
            {"name": "models/untold"},
        ],
        "nextPageToken": "a/b=",
    }
    last = {
        "models": [
            {"name": "models/gemini-embedding-001", "supportedGenerationMethods": ["embedContent"]},
            {"name": "models/imagen-4", "supportedGenerationMethods": ["predict"]},
        ]
    }
    asked, found = ask(GEMINI[0], target_for("gemini", key="AIza-fake"), first, last)
    assert asked.urls == [
        f"{HOST}/v1beta/models?pageSize=1000",
        f"{HOST}/v1beta/models?pageSize=1000&pageToken=a%2Fb%3D",
    ]
    assert {one.secrets for one in asked.sent} == {(("x-goog-api-key", "AIza-fake"),)}
    assert [one.id for one in found] == ["gemini-2.5-flash", "gemini-embedding-001", "imagen-4", "untold"]


def test_gemini_at_a_version_of_its_own() -> None:
    asked, found = ask(GEMINI[0], target_for("gemini", "http://mirror.example/v1"), {})
    assert (asked.urls, found) == (["http://mirror.example/v1/models?pageSize=1000"], ())


def page(publisher: str, *names: str, token: str = "") -> dict[str, object]:
    models = [{"name": f"publishers/{publisher}/models/{name}"} for name in names]
    return {"publisherModels": models, **({"nextPageToken": token} if token else {})}


def test_vertex_lists_googles_models_and_then_anthropics() -> None:
    target = target_for("vertexai", key="fake-api-key", config={"vertex_ai_project_id": "my-project"})
    asked, found = ask(
        VERTEX[0],
        target,
        page("google", "gemini-2.5-flash", "text-bison", token="two"),
        page("google", "text-embedding-005"),
        page("anthropic", "claude-sonnet-4-5"),
    )
    assert asked.urls == [
        f"{GLOBAL}/google/models?pageSize=200",
        f"{GLOBAL}/google/models?pageSize=200&pageToken=two",
        f"{GLOBAL}/anthropic/models?pageSize=200",
    ]
    assert asked.sent[0].secrets == (("x-goog-api-key", "fake-api-key"),)
    assert ("x-goog-user-project", "my-project") in asked.sent[0].headers
    assert [one.id for one in found] == ["claude-sonnet-4-5", "gemini-2.5-flash", "text-embedding-005"]


def test_vertex_in_a_region_with_a_service_account() -> None:
    account = {"type": "service_account", "client_email": "a@b", "private_key": "none", "project_id": "p"}
    config = {"region": "europe-west4", "vertex_ai_adc": json.dumps(account)}
    asked, found = ask(VERTEX[0], target_for("vertexai", key="", config=config, minted="ya29.fake"), {})
    assert asked.urls == [
        "https://europe-west4-aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=200"
    ]
    assert asked.sent[0].secrets == (("authorization", "Bearer ya29.fake"),)
    assert found == ()


def test_vertex_at_another_address() -> None:
    asked, found = ask(
        VERTEX[0], target_for("vertexai", "http://mirror.example", key="k"), page("anthropic", "claude-x")
    )
    assert asked.urls == ["http://mirror.example/v1beta1/publishers/google/models?pageSize=200"]
    assert found == (Listed("claude-x"),)
