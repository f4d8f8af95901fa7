"""Other people's programs through both doors: the same answers, whichever door and HTTP version, for all dialects.

Where a program offers HTTP/2, the version that was really used is asserted (mitmproxy takes what is offered first).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.clients import by_base_url, by_proxy, run_curl, run_node, run_python, seen
from tests.e2e.conftest import CHANNELS, UPSTREAM_KEY
from tests.e2e.server import Gateway

PROGRAMS = Path(__file__).parent / "programs"
MODELS = {name: models[0] for name, (_, models) in CHANNELS.items()}
TOOLS = ["fake-tool", *(f"fake-tool-{name}" for name in ("azure", "anthropic", "gemini"))]
EMBEDDINGS = ["text-embedding-3-small", "fake-embedding-azure", "gemini-embedding-001"]
TOUR = {
    "TOUR_MODELS": json.dumps(list(MODELS.values())),
    "TOUR_TOOLS": json.dumps(TOOLS),
    "TOUR_EMBEDDINGS": json.dumps(EMBEDDINGS),
}
WAYS = ("base URL", "proxy, HTTP/1.1", "proxy, HTTP/2")


def program(name: str) -> str:
    return (PROGRAMS / name).read_text(encoding="utf-8")


def playing(name: str, question: str) -> str:
    """What the fake answers."""
    return f"You said: {question} - this is the fake provider, playing {name}."


@pytest.fixture(scope="module")
def house(gateway: Gateway, session_provider: FakeProvider) -> Gateway:
    """The gateway, with channels for tools and embeddings of other dialects, and for models that fail at first."""
    known = {"key": UPSTREAM_KEY, "base_url": session_provider.url}
    azure = {"config": '{"api_version": "2024-10-21"}'}
    gateway.add_channel(**known, **azure, type=3, models=["fake-tool-azure", "fake-embedding-azure"])
    gateway.add_channel(**known, type=14, models="fake-tool-anthropic")
    gateway.add_channel(**known, type=24, models="fake-tool-gemini")
    for model in ("fake-503", "fake-reset", "fake-close"):
        broken = json.dumps({f"first-{model}": model})
        gateway.add_channel(**known, models=f"first-{model}", model_mapping=broken, priority=10)
        gateway.add_channel(**known, models=f"first-{model}")
    gateway.await_models(*TOOLS, *EMBEDDINGS, "first-fake-close")
    return gateway


@pytest.fixture(scope="module")
def ways(house: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, str]]:
    """The environment of a program for each way in."""
    proxy = by_proxy(house, tmp_path_factory.mktemp("bundle"))
    return dict(zip(WAYS, (by_base_url(house), proxy, {**proxy, "HTTP2": "1"}), strict=True))


@pytest.fixture(scope="module")
def tours(ways: Mapping[str, Mapping[str, str]]) -> Any:
    """What the Python client saw on each way; each is walked once."""
    return cache(lambda way: seen(run_python(program("openai_tour.py"), {**ways[way], **TOUR})))


@pytest.fixture(scope="module")
def node_tours(ways: Mapping[str, Mapping[str, str]]) -> Any:
    return cache(lambda way: seen(run_node(program("openai_tour.mjs"), {**ways[way], **TOUR})))


@pytest.mark.parametrize(
    ("way", "version"), [(WAYS[0], "HTTP/1.1"), (WAYS[1], "HTTP/1.1"), (WAYS[2], "HTTP/2")], ids=WAYS
)
def test_the_python_client_gets_the_same_answers_on_each_way(tours: Any, way: str, version: str) -> None:
    tour = tours(way)
    assert tour["versions"] == [version]
    assert tour["plain"] == tours(WAYS[0])["plain"]
    assert tour["async"] == tours(WAYS[0])["async"]


def test_the_answers_are_the_providers_own(tours: Any) -> None:
    plain = tours(WAYS[0])["plain"]
    for name, model in MODELS.items():
        question = "Be brief.\n\nSay hello" if name == "coze" else "Say hello"
        text = playing(name, question)
        prompt, completion = len(question.split()), len(text.split())
        assert plain[model] == [text, [], "stop", prompt, completion]
        assert plain[f"{model} streamed"] == [text, "", ["stop"], [[prompt, completion]]]
    for model in TOOLS:
        text, calls, end, *_ = plain[model]
        assert (text, calls[0][0], end) == (None, "ask", "tool_calls")
        assert calls[0][1]["question"].endswith("Say hello")
        assert json.loads(plain[f"{model} streamed"][1].removeprefix("ask")) == calls[0][1]
    assert all(len(plain[model]) == 2 for model in EMBEDDINGS)
    assert plain["models"] == sorted(MODELS.values())


def test_the_async_client_gets_what_the_plain_one_gets(tours: Any) -> None:
    tour = tours(WAYS[0])
    assert tour["async"] == {question: tour["plain"][question] for question in tour["async"]}


@pytest.mark.parametrize(("way", "version"), [(WAYS[0], "none"), (WAYS[1], "http/1.1"), (WAYS[2], "h2")], ids=WAYS)
def test_the_client_for_node_gets_the_same_answers_on_each_way(
    tours: Any, node_tours: Any, way: str, version: str
) -> None:
    tour = node_tours(way)
    # "none": the connection to the base URL, or to the proxy itself
    assert set(tour["versions"]) == {"none", version}
    for model in MODELS.values():
        text, _, *rest = tours(WAYS[0])["plain"][model]
        assert tour["plain"][model] == [text, *rest]
        assert tour["plain"][f"{model} streamed"] == [text, ["stop"]]


def test_a_client_that_offers_http_1_first_gets_it(ways: Mapping[str, Mapping[str, str]]) -> None:
    """httpx offers http/1.1 before h2 (T11)."""
    script = (
        "import httpx, os\n"
        "key = {'authorization': 'Bearer ' + os.environ['OPENAI_API_KEY']}\n"
        "with httpx.Client(http2=True) as client:\n"
        "    reply = client.get('https://api.openai.com/v1/models', headers=key)\n"
        "print(reply.status_code, reply.http_version)\n"
    )
    assert run_python(script, ways[WAYS[1]]) == "200 HTTP/1.1\n"


@pytest.mark.parametrize(("option", "version"), [("--http1.1", "1.1"), ("--http2", "2")])
@pytest.mark.parametrize("name", MODELS)
def test_curl_gets_the_same_answers_through_both_doors(
    house: Gateway, ways: Mapping[str, Mapping[str, str]], name: str, option: str, version: str
) -> None:
    body = json.dumps({"model": MODELS[name], "messages": [{"role": "user", "content": "Say hello"}]})
    asks = ["-d", body, "-H", f"authorization: Bearer {house.token}", "-H", "content-type: application/json"]
    tells = ["-w", "\n%{http_version} %{http_code}"]
    path = "/v1/chat/completions"
    direct, plain = run_curl({}, *asks, *tells, house.url + path).rsplit("\n", 1)
    tunnelled, used = run_curl(ways[WAYS[1]], *asks, *tells, option, f"https://api.openai.com{path}").rsplit("\n", 1)
    assert (plain, used) == ("1.1 200", f"{version} 200")
    replies = [json.loads(text)["choices"] for text in (direct, tunnelled)]
    assert replies[0] == replies[1]
    assert replies[0][0]["message"]["content"] == playing(name, "Say hello")


def test_the_script_of_the_article_prints_the_answers(house: Gateway, ways: Mapping[str, Mapping[str, str]]) -> None:
    """With a base URL, and without one: for all dialects, though Anthropic and Gemini know no lone system message."""
    key = {"ARTICLE_KEY": house.token}
    ask = f"import io, sys; sys.stdin = io.StringIO({' '.join(MODELS.values())!r})\n"
    direct = run_python(ask + program("article.py"), {**key, "ARTICLE_BASE_URL": f"{house.base_url}/"})
    unaware = {**ways[WAYS[1]], **key}
    del unaware["OPENAI_API_KEY"]
    assert direct.splitlines() == [playing(name, "Say hello to the newcomer.") for name in MODELS]
    assert run_python(ask + program("article.py"), unaware) == direct


def test_thirty_at_once_on_one_http_2_connection_are_whole_and_in_order(
    ways: Mapping[str, Mapping[str, str]], provider: FakeProvider
) -> None:
    """Half of them fail over to another channel, after a 503, a reset or a closed connection."""
    models = ["gpt-4o", "first-fake-503", "claude-sonnet-4-5", "first-fake-reset", "gemini-2.5-flash"]
    asked = {**ways[WAYS[2]], "TOUR_MODELS": json.dumps([*models, "first-fake-close"])}
    answer = seen(run_python(program("one_connection.py"), asked))
    assert (answer["ports"], answer["versions"]) == (1, ["HTTP/2"])
    names = ["openai", "openai", "anthropic", "openai", "gemini", "openai"]
    assert answer["said"] == [playing(names[n % 6], f"question {n}") for n in range(30)]
    # the warm-up fails over as well
    assert len(provider.requests) == 31 + 16


def test_azure_clients_are_served_on_azures_own_addresses(
    house: Gateway, ways: Mapping[str, Mapping[str, str]], provider: FakeProvider
) -> None:
    """The deployment is the model, `api-key` the token; dated and /openai/v1 paths."""
    script = (
        "import openai, os\n"
        "known = {'azure_endpoint': 'https://me.openai.azure.com', 'api_key': os.environ['OPENAI_API_KEY']}\n"
        "azure = openai.AzureOpenAI(api_version='2024-10-21', **known)\n"
        "plain = openai.OpenAI(base_url='https://me.openai.azure.com/openai/v1/')\n"
        "for client in (azure, plain):\n"
        "    message = {'role': 'user', 'content': 'Say hello'}\n"
        "    reply = client.chat.completions.create(model='claude-sonnet-4-5', messages=[message])\n"
        "    print(reply.choices[0].message.content)\n"
    )
    assert run_python(script, ways[WAYS[1]]).splitlines() == [playing("anthropic", "Say hello")] * 2
    assert {request.path for request in provider.requests} == {"/v1/messages"}
    assert house.token not in {value for one in provider.requests for _, value in one.headers}
