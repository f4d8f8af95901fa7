"""What may stand before and behind `/v1`, and how a client may show its key. Raw HTTP, as odd clients send it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

QUESTION = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}
ORIGIN = {"origin": "https://chat.example"}


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, base_url=gateway.url, timeout=30) as made:
        yield made


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.token}"}


@pytest.mark.parametrize(
    "base",
    ["", "/", "/v1", "/v1/", "//v1", "//v1//", "/v1/v1", "/v1/v1/", "/v1//v1/v1//"],
)
def test_a_base_url_works_with_v1_without_it_doubled_and_with_double_slashes(
    client: httpx.Client, gateway: Gateway, key: dict[str, str], base: str
) -> None:
    for path in ("chat/completions", "/chat/completions", "chat/completions/"):
        url = f"{gateway.url}{base}{'' if base.endswith('/') or path.startswith('/') else '/'}{path}"
        reply = client.post(url, json=QUESTION, headers=key)
        assert reply.status_code == 200, url
        assert reply.json()["choices"][0]["message"]["content"].startswith("You said: hello")
    assert client.get(f"{gateway.url}{base}/models", headers=key).json()["object"] == "list"


def test_a_preflight_lets_a_browser_in_without_credentials(client: httpx.Client) -> None:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,x-stainless-os"}
    for path in ("/v1/chat/completions", "/chat/completions", "/v1/models", "/v1/images/generations"):
        reply = client.options(path, headers={**ORIGIN, **asks})
        assert reply.status_code == 204
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "POST" in reply.headers["access-control-allow-methods"]
        assert reply.headers["access-control-allow-headers"] == "authorization,x-stainless-os"
        assert "access-control-allow-credentials" not in reply.headers


def test_every_api_reply_can_be_read_by_a_browser(client: httpx.Client, key: dict[str, str]) -> None:
    stream = {**QUESTION, "stream": True}
    replies = [
        client.post("/v1/chat/completions", json=QUESTION, headers={**key, **ORIGIN}),
        client.post("/v1/chat/completions", json=stream, headers={**key, **ORIGIN}),
        client.post("/v1/chat/completions", json=QUESTION, headers=ORIGIN),
        client.post("/v1/chat/completions", content=b"{", headers={**key, **ORIGIN}),
        client.post("/v1/chat/completions", json={**QUESTION, "model": "fake-500"}, headers={**key, **ORIGIN}),
        client.get("/v1/models", headers={**key, **ORIGIN}),
        client.get("/v1/models/none", headers={**key, **ORIGIN}),
        client.post("/v1/assistants", headers={**key, **ORIGIN}),
        client.get("/v1/", headers={**key, **ORIGIN}),
    ]
    assert [one.status_code for one in replies] == [200, 200, 401, 400, 500, 200, 404, 501, 404]
    for one in replies:
        assert one.headers["access-control-allow-origin"] == "*"
        assert one.headers["access-control-expose-headers"] == "*"
        assert "access-control-allow-credentials" not in one.headers
        assert one.headers["x-request-id"]


def test_pages_and_management_calls_have_no_cors(client: httpx.Client, gateway: Gateway) -> None:
    for path in ("/", "/login", "/api/status", "/api/channel/"):
        for reply in (client.get(path, headers=ORIGIN), client.options(path, headers=ORIGIN)):
            assert not [name for name in reply.headers if name.startswith("access-control-")], path


def test_models_are_those_that_the_token_may_use(client: httpx.Client, gateway: Gateway, key: dict[str, str]) -> None:
    listed = client.get("/v1/models", headers=key).json()
    assert listed["object"] == "list"
    assert {"gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"} <= {one["id"] for one in listed["data"]}
    narrow = gateway.add_token(models="claude-sonnet-4-5,gpt-4o")
    gateway.settle()
    shown = client.get("/v1/models", headers={"authorization": f"Bearer {narrow}"}).json()["data"]
    assert [one["id"] for one in shown] == ["claude-sonnet-4-5", "gpt-4o"]
    assert shown[0] == client.get("/v1/models/claude-sonnet-4-5", headers={"x-api-key": narrow}).json()
    hidden = client.get("/v1/models/gemini-2.5-flash", headers={"x-api-key": narrow})
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/assistants"),
        ("POST", "/v1/realtime/client_secrets"),
        ("POST", "/v1/responses"),
        ("DELETE", "/v1/models/gpt-4o"),
        ("POST", "/v1/threads/x/runs"),
    ],
)
def test_every_other_path_of_the_api_is_not_implemented(
    client: httpx.Client, key: dict[str, str], method: str, path: str
) -> None:
    reply = client.request(method, path, headers=key)
    error = reply.json()["error"]
    assert reply.status_code == 501
    assert (error["type"], error["code"], error["param"]) == ("one_api_error", "api_not_implemented", "")
    assert error["message"].startswith("API not implemented")


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "Bearer {}"}, ""),
        ({"authorization": "bearer {}"}, ""),
        ({"authorization": "{}"}, ""),
        ({"x-api-key": "{}"}, ""),
        ({"api-key": "{}"}, ""),
        ({}, "?key={}"),
        ({}, "?api-version=2024-10-21&api-key={}"),
    ],
)
def test_a_key_may_stand_wherever_clients_put_it(
    client: httpx.Client, gateway: Gateway, headers: dict[str, str], query: str
) -> None:
    shown = {name: value.format(gateway.token) for name, value in headers.items()}
    path = "/v1/chat/completions" + query.format(gateway.token)
    assert client.post(path, json=QUESTION, headers=shown).status_code == 200
    without = {name: value.format("sk-fake-unknown") for name, value in headers.items()}
    refused = client.post("/v1/chat/completions" + query.format("sk-fake-unknown"), json=QUESTION, headers=without)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")


def test_a_key_may_name_its_channel(gateway: Gateway, provider: FakeProvider) -> None:
    first, second = (
        gateway.add_channel(key=UPSTREAM_KEY, base_url=provider.url, models="pinned-model", model_mapping=mapping)
        for mapping in ('{"pinned-model": "gpt-first"}', '{"pinned-model": "gpt-second"}')
    )
    gateway.await_models("pinned-model")
    for channel, model in ((first, "gpt-first"), (second, "gpt-second")):
        provider.forget()
        for _ in range(4):
            assert gateway.chat("pinned-model", token=f"{gateway.token}-{channel}").status_code == 200
        assert {one.json["model"] for one in provider.requests} == {model}
    assert gateway.chat("pinned-model", token=f"{gateway.token}-999999").status_code == 400
    assert gateway.chat("pinned-model", token=f"{gateway.token}-x").status_code == 400


def test_azures_paths_work_at_our_own_address(client: httpx.Client, gateway: Gateway) -> None:
    """A program with an endpoint setting of its own for Azure."""
    body: dict[str, Any] = {"messages": QUESTION["messages"]}
    path = "/openai/deployments/claude-sonnet-4-5/chat/completions?api-version=2024-10-21"
    reply = client.post(path, json=body, headers={"api-key": gateway.token})
    assert reply.json()["choices"][0]["message"]["content"].endswith("playing anthropic.")


def test_a_wrong_method_or_path_is_told_so_in_json(client: httpx.Client, key: dict[str, str]) -> None:
    for method, path in (("GET", "/v1/chat/completions"), ("POST", "/v1"), ("PUT", "/v1/embeddings")):
        reply = client.request(method, path, headers=key)
        assert reply.status_code == 404
        assert reply.json()["error"]["message"].startswith(f"Invalid URL ({method} {path})")


def test_a_request_id_is_in_the_head_and_in_the_error(client: httpx.Client, key: dict[str, str]) -> None:
    reply = client.post("/v1/chat/completions", json={**QUESTION, "model": "no-such-model"}, headers=key)
    assert reply.status_code == 503
    assert reply.headers["x-request-id"] in reply.json()["error"]["message"]
    assert json.dumps(reply.json()).count(reply.headers["x-request-id"]) == 1
