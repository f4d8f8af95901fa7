"""Balances, lists of models, keys and tests of channels, through the real gateway and over its own connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.clerk import Clerk, running_clerk
from tests.e2e.server import ACCESS_TOKEN, ROOT_PASSWORD, Gateway, running_mitmdump

KEY = "sk-fake-upstream"
HTML = (200, "text/html; charset=utf-8", b"<html><title>Blocked</title></html>")
REFUSED = (401, "application/json", b'{"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}')
MODELS = {"object": "list", "data": [{"id": "b"}, {"id": "a"}]}


@pytest.fixture(scope="module")
def control() -> Iterator[Gateway]:
    """mitmdump, with a file of all its flows."""
    with running_mitmdump(args=["--set", "save_stream_file=flows.mitm"]) as running:
        yield running


@pytest.fixture(scope="module")
def session_clerk() -> Iterator[Clerk]:
    with running_clerk() as running:
        yield running


@pytest.fixture
def clerk(session_clerk: Clerk) -> Clerk:
    session_clerk.begin({})
    return session_clerk


@pytest.fixture(scope="module")
def browser(control: Gateway) -> Iterator[httpx.Client]:
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    with httpx.Client(base_url=control.url, headers=headers, trust_env=False, timeout=30) as client:
        assert client.post("/login", data={"username": "root", "password": ROOT_PASSWORD}).status_code == 303
        yield client


def call(control: Gateway, path: str, language: str = "en", **params: Any) -> dict[str, Any]:
    headers = {"authorization": ACCESS_TOKEN, "accept-language": language}
    reply = httpx.get(f"{control.url}/api/channel{path}", params=params, headers=headers, trust_env=False, timeout=30)
    found: dict[str, Any] = reply.json()
    return found


def balance(control: Gateway, clerk: Clerk, kind: int, base: str = "", **fields: Any) -> dict[str, Any]:
    made = control.add_channel(**{"type": kind, "key": KEY, "base_url": clerk.url + base, "models": "m", **fields})
    return call(control, f"/update_balance/{made}")


BALANCES: list[tuple[int, str, dict[str, Any], list[str], tuple[float, str]]] = [
    (
        1,
        "",
        {
            "/v1/dashboard/billing/subscription": {"hard_limit_usd": 20},
            "/v1/dashboard/billing/usage": {"total_usage": 50},
        },
        ["/v1/dashboard/billing/subscription", "/v1/dashboard/billing/usage"],
        (19.5, "USD"),
    ),
    (
        50,
        "/v1",
        {
            "/v1/dashboard/billing/subscription": {"hard_limit_usd": 1},
            "/v1/dashboard/billing/usage": {"total_usage": 200},
        },
        ["/v1/dashboard/billing/subscription", "/v1/dashboard/billing/usage"],
        (-1.0, "USD"),
    ),
    (
        4,
        "",
        {"/dashboard/billing/credit_grants": {"total_available": 7.25}},
        ["/dashboard/billing/credit_grants"],
        (7.25, "CNY"),
    ),
    (5, "", {"/sb-api/user/status": {"data": {"credit": "10000"}}}, ["/sb-api/user/status"], (1.0, "CNY")),
    (
        10,
        "",
        {"/api/report/getUserOverview": {"success": True, "data": {"totalPoints": 5}}},
        ["/api/report/getUserOverview"],
        (5.0, "points"),
    ),
    (
        36,
        "",
        {"/user/balance": {"balance_infos": [{"currency": "CNY", "total_balance": "110.00"}]}},
        ["/user/balance"],
        (110.0, "CNY"),
    ),
    (44, "", {"/v1/user/info": {"status": True, "data": {"totalBalance": "88.88"}}}, ["/v1/user/info"], (88.88, "CNY")),
    (
        20,
        "",
        {
            "/v1/credits": (403, "application/json", b'{"error": {"message": "Only management keys", "code": 403}}'),
            "/v1/key": {"data": {"limit_remaining": 3}},
        },
        ["/v1/credits", "/v1/key"],
        (3.0, "USD"),
    ),
]


@pytest.mark.parametrize(("kind", "base", "replies", "paths", "left"), BALANCES)
def test_a_balance_is_asked_at_the_channels_own_address(
    control: Gateway,
    clerk: Clerk,
    kind: int,
    base: str,
    replies: dict[str, Any],
    paths: list[str],
    left: tuple[float, str],
) -> None:
    """One API asks a fixed host for some of these, whatever the channel's base URL (A12.7)."""
    clerk.begin(replies)
    answer = balance(control, clerk, kind, base)
    assert (answer["success"], answer["balance"], answer["balance_currency"]) == (True, *left)
    assert [path.partition("?")[0] for path in clerk.paths] == paths
    assert all(KEY in json.dumps([path, headers]) for path, headers in clerk.asked)


def test_a_balance_is_kept_and_one_that_fails_changes_nothing(control: Gateway, clerk: Clerk) -> None:
    clerk.begin({"/user/balance": {"balance_infos": [{"currency": "USD", "total_balance": "9"}]}})
    made = control.add_channel(type=36, base_url=clerk.url, models="m")
    assert call(control, f"/update_balance/{made}")["success"]
    clerk.begin({"/user/balance": REFUSED})
    answer = call(control, f"/update_balance/{made}")
    assert answer["success"] is False and "Incorrect API key" in answer["message"]
    row = control.api("GET", f"/channel/{made}")
    assert (row["balance"], row["balance_currency"]) == (9.0, "USD")
    assert row["balance_updated_time"] > time.time() - 60


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (REFUSED, "refuses the key"),
        (HTML, "HTML page"),
        ((302, "text/plain", b"https://api.deepseek.com/user/balance"), "redirects"),
        ((500, "application/json", b'{"error": {"message": "out of order"}}'), "out of order"),
        ((200, "application/json", b"[]"), "not in the form"),
    ],
)
def test_what_goes_wrong_is_said_in_clear_words(
    control: Gateway, clerk: Clerk, reply: tuple[int, str, bytes], words: str
) -> None:
    clerk.begin({"/user/balance": reply})
    answer = balance(control, clerk, 36)
    assert answer["success"] is False
    assert words in answer["message"]
    assert KEY not in answer["message"]
    assert clerk.paths == ["/user/balance"], "a redirect is not followed: the key would go along"


def test_a_provider_that_is_not_there(control: Gateway, clerk: Clerk) -> None:
    answer = balance(control, clerk, 36, base_url="http://127.0.0.1:9")
    assert "connection refused" in answer["message"]


def test_types_without_a_balance_say_so_in_one_apis_words(control: Gateway, clerk: Clerk) -> None:
    made = control.add_channel(type=14, base_url=clerk.url, models="m")
    assert call(control, f"/update_balance/{made}", "zh") == {"success": False, "message": "尚未实现"}
    assert clerk.asked == []


def test_all_enabled_channels_are_asked(control: Gateway, clerk: Clerk) -> None:
    for one in control.api("GET", "/channel/search", keyword=""):
        control.api("DELETE", f"/channel/{one['id']}")
    clerk.begin({"/user/balance": {"balance_infos": [{"currency": "CNY", "total_balance": "4"}]}})
    made = [control.add_channel(type=36, base_url=clerk.url, models="m") for _ in range(2)]
    assert call(control, "/update_balance") == {"success": True, "message": ""}
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if all(control.api("GET", f"/channel/{one}")["balance"] == 4.0 for one in made):
            break
        time.sleep(0.1)
    assert time.monotonic() < deadline


# Models


def form(clerk: Clerk, kind: int, **fields: str) -> dict[str, str]:
    return {
        "type": str(kind),
        "was": str(kind),
        "key": KEY,
        "base_url": clerk.url,
        "models": "",
        "do": "fetch",
        **fields,
    }


def offered(page: str) -> list[str]:
    return [line.partition('"')[0] for line in page.split('name="found" value="')[1:]]


LISTS: list[tuple[int, dict[str, str], dict[str, Any], list[str], list[str]]] = [
    (1, {}, {"/v1/models": MODELS}, ["/v1/models"], ["a", "b"]),
    (39, {}, {"/v1/models": [{"id": "x/y"}]}, ["/v1/models"], ["x/y"]),
    (
        14,
        {},
        {
            "/v1/models?limit=1000": {"data": [{"id": "claude-b"}], "has_more": True, "last_id": "claude-b"},
            "/v1/models?limit=1000&after_id=claude-b": {"data": [{"id": "claude-a"}], "has_more": False},
        },
        ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=claude-b"],
        ["claude-a", "claude-b"],
    ),
    (
        24,
        {},
        {
            "/v1beta/models": {
                "models": [{"name": "models/gemini-x", "supportedGenerationMethods": ["generateContent"]}]
            }
        },
        ["/v1beta/models?pageSize=1000"],
        ["gemini-x"],
    ),
    (30, {}, {"/api/tags": {"models": [{"name": "qwen3:4b"}]}}, ["/api/tags"], ["qwen3:4b"]),
    (35, {}, {"/v1/models": {"models": [{"name": "command-a"}]}}, ["/v1/models?page_size=1000"], ["command-a"]),
    (
        3,
        {"config.api_version": "2024-10-21"},
        {"/openai/models": {"data": [{"id": "gpt-4o", "capabilities": {"inference": True}}]}},
        ["/openai/deployments?api-version=2023-03-15-preview", "/openai/models?api-version=2024-10-21"],
        ["gpt-4o"],
    ),
    (
        34,
        {"key": "pat_fake"},
        {
            "/v1/workspaces": {"code": 0, "data": {"workspaces": [{"id": "1"}]}},
            "/v1/space/published_bots_list": {
                "code": 0,
                "data": {"space_bots": [{"bot_id": "70", "bot_name": "Cook"}]},
            },
        },
        [
            "/v1/workspaces?page_num=1&page_size=50",
            "/v1/space/published_bots_list?space_id=1&page_index=1&page_size=100",
        ],
        ["70"],
    ),
    (
        33,
        {"key": "fake-ak|fake-sk|us-east-1"},
        {
            "/foundation-models": {"modelSummaries": [{"modelId": "amazon.nova-lite-v1:0"}]},
            "/inference-profiles": {"inferenceProfileSummaries": [{"inferenceProfileId": "us.x", "status": "ACTIVE"}]},
        },
        ["/foundation-models?byInferenceType=ON_DEMAND", "/inference-profiles?maxResults=1000"],
        ["amazon.nova-lite-v1:0", "us.x"],
    ),
    (
        47,
        {"key": "fake-ak|fake-sk"},
        {
            "/v1/BCE-BEARER/token": {"token": "bce-v3/fake"},
            "/v2/models": {"data": [{"id": "ernie-x"}]},
        },
        ["/v1/BCE-BEARER/token?expireInSeconds=86400", "/v2/models"],
        ["ernie-x"],
    ),
]


@pytest.mark.parametrize(("kind", "fields", "replies", "paths", "models"), LISTS)
def test_models_are_fetched_for_a_form_that_nobody_saved(
    browser: httpx.Client,
    clerk: Clerk,
    kind: int,
    fields: dict[str, str],
    replies: dict[str, Any],
    paths: list[str],
    models: list[str],
) -> None:
    clerk.begin(replies)
    page = browser.post("/channels/form", data=form(clerk, kind, **fields))
    assert page.status_code == 200
    assert offered(page.text) == models
    assert clerk.paths == paths


def test_models_of_a_saved_channel_are_fetched_with_its_stored_key(
    control: Gateway, browser: httpx.Client, clerk: Clerk
) -> None:
    clerk.begin({"/v1/models": MODELS})
    made = control.add_channel(type=1, key="sk-fake-stored", base_url="http://127.0.0.1:9", models="a")
    page = browser.post(f"/channels/form?channel={made}", data=form(clerk, 1, key="", models="a"))
    assert offered(page.text) == ["b"], "a is in the list already"
    assert clerk.asked[0][1]["authorization"] == "Bearer sk-fake-stored"
    assert "sk-fake-stored" not in page.text


@pytest.mark.parametrize(("reply", "words"), [(REFUSED, "refuses the key"), (HTML, "HTML page"), (None, "base URL")])
def test_a_list_that_is_not_given_leaves_the_known_models(
    browser: httpx.Client, clerk: Clerk, reply: Any, words: str
) -> None:
    clerk.begin({"/v1/models": reply} if reply else {})
    page = browser.post("/channels/form", data=form(clerk, 36))
    assert words in page.text
    assert "deepseek-chat" in offered(page.text)


def test_a_provider_without_a_list_offers_what_is_known(browser: httpx.Client, clerk: Clerk) -> None:
    page = browser.post("/channels/form", data=form(clerk, 18, key="a|b|c"))
    assert "publishes no list" in page.text and "Spark-Lite" in offered(page.text)
    assert clerk.asked == []


# Keys and tests


def test_a_key_of_the_wrong_form_is_said_at_once_and_saved(control: Gateway, browser: httpx.Client) -> None:
    data = {"name": "wrong key", "key": "sk-fake", "models": "deepl-zh", "group": "default"}
    assert browser.post("/channels/new?type=38", data=data).status_code == 303
    assert "the key looks wrong: A DeepL key is a UUID" in browser.get("/channels").text
    assert control.api("GET", "/channel/search", keyword="wrong key")


@pytest.mark.parametrize(
    ("model", "path", "reply", "said"),
    [
        ("text-embedding-3-small", "/v1/embeddings", {"data": [{"index": 0, "embedding": [0.1, 0.2]}]}, "2 numbers"),
        ("tts-1", "/v1/audio/speech", (200, "audio/mpeg", b"ID3xx"), "5 bytes of audio/mpeg"),
        ("whisper-1", "/v1/audio/transcriptions", {"text": "Thank you."}, "heard: Thank you."),
        (
            "omni-moderation-latest",
            "/v1/moderations",
            {"id": "modr-1", "model": "m", "results": [{"flagged": False, "categories": {}, "category_scores": {}}]},
            "flagged: false",
        ),
        (
            "dall-e-3",
            "/v1/images/generations",
            {"created": 1, "data": [{"url": "https://x.example/1.png"}]},
            "1 picture",
        ),
    ],
)
def test_a_channel_is_tested_at_its_models_endpoint(
    control: Gateway, clerk: Clerk, model: str, path: str, reply: Any, said: str
) -> None:
    """One API sends a chat to all of them, so that these always fail (A12.1)."""
    clerk.begin({path: reply})
    made = control.add_channel(type=1, base_url=clerk.url, models=model)
    answer = call(control, f"/test/{made}", model=model)
    assert (answer["success"], answer["modelName"]) == (True, model), answer
    assert said in answer["message"]
    assert clerk.paths == [path]


def test_no_picture_is_drawn_that_nobody_asked_for(control: Gateway, clerk: Clerk) -> None:
    clerk.begin({"/v1/models": MODELS})
    made = control.add_channel(type=1, base_url=clerk.url, models="dall-e-3,gpt-image-1")
    answer = call(control, f"/test/{made}")
    assert answer["success"] is True and "costs money" in answer["message"]
    assert clerk.paths == ["/v1/models"]


def test_no_flow_keeps_a_key(control: Gateway, browser: httpx.Client, clerk: Clerk) -> None:
    clerk.begin({"/v1/models": MODELS})
    typed = "sk-fake-typed-into-the-form"
    browser.post("/channels/form", data=form(clerk, 1, key=typed))
    assert clerk.asked[0][1]["authorization"] == f"Bearer {typed}"
    time.sleep(0.5)
    flows = (control.log.parent / "flows.mitm").read_bytes()
    assert b"/v1/models" in flows
    assert typed.encode() not in flows and typed not in control.output()
    for file in control.data_dir.glob("one-api.db*"):
        assert typed.encode() not in file.read_bytes(), file.name
