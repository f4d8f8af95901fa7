"""A provider that only speaks WebSocket, asked by a client that only speaks HTTP, through the real gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.books import Books, eventually
from tests.e2e.clients import by_base_url, run_python, seen
from tests.e2e.server import Gateway, running_oneapi
from tests.e2e.spark_server import APP, KEY, SECRET, SparkServer, running_spark

XUNFEI = 18
MODEL = "Spark-Max"


@pytest.fixture(scope="module")
def session_spark() -> Iterator[SparkServer]:
    with running_spark() as running:
        yield running


@pytest.fixture
def spark(session_spark: SparkServer) -> SparkServer:
    session_spark.forget()
    return session_spark


def seed(gateway: Gateway, url: str) -> None:
    wrong = f"{APP}|{SECRET[::-1]}|{'f' * 32}"
    for name, key, model, priority in (
        ("good", KEY, MODEL, 0),
        ("wrong", wrong, "wrong", 0),
        ("first", wrong, "two", 9),
        ("second", KEY, "two", 1),
    ):
        gateway.add_channel(
            name=name,
            type=XUNFEI,
            key=key,
            base_url=url,
            models=[model],
            model_mapping=json.dumps({model: MODEL}),
            priority=priority,
        )


@pytest.fixture(scope="module")
def gateway(session_spark: SparkServer) -> Iterator[Gateway]:
    with running_oneapi() as running:
        seed(running, session_spark.url)
        running.api("PUT", "/option/", {"key": "RetryTimes", "value": "2"})
        running.await_models(MODEL, "wrong", "two")
        yield running


def events(reply: httpx.Response) -> list[str]:
    return [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]


def said(reply: httpx.Response) -> str:
    chunks = [json.loads(one) for one in events(reply) if one != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for one in chunks for choice in one.get("choices", ()))


def test_a_whole_answer_is_put_together(gateway: Gateway, spark: SparkServer) -> None:
    reply = gateway.chat(MODEL, "ada")
    document = reply.json()
    assert document["choices"][0]["message"]["content"] == "Hello, ada"
    assert document["choices"][0]["finish_reason"] == "stop"
    assert document["usage"]["total_tokens"] == 140
    assert (spark.paths, spark.pongs) == (["/v3.5/chat"], 1)
    assert spark.asked[0]["header"] == {"app_id": APP}
    row = Books(gateway).row(reply.headers["x-request-id"])
    assert (row["prompt_tokens"], row["completion_tokens"], row["estimated"]) == (50, 90, 0)


def test_a_stream_passes_as_it_comes(gateway: Gateway, spark: SparkServer) -> None:
    reply = gateway.chat(MODEL, "ada", stream=True)
    assert said(reply) == "Hello, ada"
    assert events(reply)[-1] == "[DONE]"
    row = Books(gateway).row(reply.headers["x-request-id"])
    assert (row["stream_end"], row["completion_tokens"]) == ("done", 90)


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_does_not_close_is_left(gateway: Gateway, spark: SparkServer, stream: bool) -> None:
    reply = gateway.chat(MODEL, "linger", stream=stream)
    assert reply.status_code == 200
    assert eventually(lambda: spark.closes, bool) == [1000]


def test_two_questions_on_one_connection(gateway: Gateway, spark: SparkServer) -> None:
    with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=20) as client:
        for name in ("one", "two"):
            body = {"model": MODEL, "messages": [{"role": "user", "content": name}]}
            reply = client.post("/chat/completions", json=body, headers={"authorization": f"Bearer {gateway.token}"})
            assert reply.json()["choices"][0]["message"]["content"] == f"Hello, {name}"
    assert len(spark.asked) == 2


@pytest.mark.parametrize(
    ("model", "text", "status", "words"),
    [(MODEL, "refuse", 403, "AppIdNoAuthError"), ("wrong", "ada", 401, "HMAC"), (MODEL, "junk", 502, "")],
)
def test_a_failure_is_an_error_of_openais(
    gateway: Gateway, spark: SparkServer, model: str, text: str, status: int, words: str
) -> None:
    reply = gateway.chat(model, text)
    assert reply.status_code == status
    assert words in reply.json()["error"]["message"]
    assert SECRET not in gateway.output()
    assert Books(gateway).no_holds()


def test_the_next_channel_answers_when_the_first_key_is_wrong(gateway: Gateway, spark: SparkServer) -> None:
    reply = gateway.chat("two", "ada")
    assert reply.json()["choices"][0]["message"]["content"] == "Hello, ada"
    row = Books(gateway).row(reply.headers["x-request-id"])
    assert [(one["name"], one["outcome"]) for one in row["detail"]["attempts"]] == [
        ("first", "try next"),
        ("second", "served"),
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_that_breaks_is_told(gateway: Gateway, spark: SparkServer, stream: bool) -> None:
    reply = gateway.chat(MODEL, "vanish", stream=stream)
    if not stream:
        assert (reply.status_code, reply.json()["error"]["code"]) == (502, "upstream_cut")
        return
    assert said(reply).startswith("Hello")
    assert '"upstream_cut"' in reply.text
    assert Books(gateway).row(reply.headers["x-request-id"])["stream_end"] == "truncated"


CLIENT = """
import json
from openai import OpenAI
client = OpenAI(max_retries=0)
asked = dict(model="Spark-Max", messages=[{"role": "user", "content": "ada"}])
whole = client.chat.completions.create(**asked).choices[0].message.content
streamed = "".join(one.choices[0].delta.content or "" for one in client.chat.completions.create(**asked, stream=True))
print(json.dumps([whole, streamed]))
"""


def test_openais_own_client_notices_nothing(gateway: Gateway) -> None:
    assert seen(run_python(CLIENT, by_base_url(gateway))) == ["Hello, ada", "Hello, ada"]
