from __future__ import annotations

import json
from typing import Any

import pytest

from addon import internal_test
from addon.attempts import Failure, Send, Served, Uncarried
from addon.canon.endpoint import Endpoint
from addon.canon.fault import Fault, FaultKind
from addon.canon.request import CannotCarry
from addon.exchange import Visit
from addon.internal import TICKET_HEADER
from addon.routes import Kind, Route
from addon.translation import Translated
from tests.addon.exchanges import exchange, reply
from tests.addon.house import House
from tests.addon.test_internal import ticket
from tests.builders import channel


def ask(house: House, channel_id: int, **question: Any) -> tuple[Visit, Any]:
    visit = Visit("id-1", Route(Kind.INTERNAL), "127.0.0.1", "x", True, 0.0)
    asked = internal_test.test_channel(house.services, visit, {"channel_id": channel_id, **question})
    return visit, house.run(asked)


def first(visit: Visit) -> Send:
    assert visit.exchange is not None
    assert isinstance(visit.exchange.step, Send)
    return visit.exchange.step


def test_a_test_goes_to_its_channel_in_any_state_and_holds_nothing(house: House) -> None:
    number = house.channel("gpt-4o", "gpt-3.5-turbo", status=2)
    visit, refusal = ask(house, number)
    assert refusal is None
    step = first(visit)
    assert step.candidate.channel.id == number
    asked = json.loads(step.outbound.body)
    assert asked["model"] == "gpt-3.5-turbo"
    assert asked["messages"][0]["content"].startswith("Output only your specific model name")
    assert visit.exchange is not None and not visit.exchange.caller.billed
    assert house.holds() == []


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gpt-4o", "chat/completions"),
        ("text-embedding-3-small", "embeddings"),
        ("dall-e-3", "images/generations"),
        ("tts-1", "audio/speech"),
        ("whisper-1", "audio/transcriptions"),
        ("omni-moderation-latest", "moderations"),
    ],
)
def test_a_named_model_is_tested_at_its_own_endpoint(house: House, model: str, path: str) -> None:
    visit, _ = ask(house, house.channel("gpt-4o", model), model=model)
    assert first(visit).outbound.url == f"http://upstream.example:81/v1/{path}"
    assert visit.exchange is not None
    assert visit.exchange.pipe(200, {"content-type": "audio/mpeg"}) is None, "the report waits for the whole reply"


def test_no_picture_is_drawn_unless_it_was_asked_for(house: House) -> None:
    visit, refusal = ask(house, house.channel("dall-e-3", "gpt-image-1"))
    assert refusal is None
    assert first(visit).outbound.url == "http://upstream.example:81/v1/models"
    assert visit.exchange is not None and visit.exchange.wrap is not None
    told = json.loads(visit.exchange.wrap(visit.exchange.advance(reply(200, {"data": [{"id": "dall-e-3"}]}))))
    assert told["success"] is True
    assert told["message"].startswith("The key opens the list of 1 models. Its models draw pictures")
    assert told["modelName"] == "" and told["time"] > 0


def test_a_picture_channel_without_a_list_says_what_to_do(house: House) -> None:
    _, refusal = ask(house, house.channel("Stable-Diffusion-XL", type=15))
    assert refusal.status == 501
    assert "by its name" in refusal.text("en")


def test_a_channel_that_only_passes_things_on_cannot_be_tested(house: House) -> None:
    _, refusal = ask(house, house.channel("anything", type=43), model="anything")
    assert refusal is internal_test.NOT_TESTABLE


def test_a_channel_that_is_gone_cannot_be_tested(house: House) -> None:
    assert ask(house, 999)[1].status == 404


@pytest.mark.parametrize(
    ("kind", "models", "expected"),
    [
        (1, ("a", "gpt-3.5-turbo"), "gpt-3.5-turbo"),
        (1, ("b", "a"), "b"),
        (1, ("dall-e-3", "a"), "a"),
        (1, ("dall-e-3",), ""),
        (14, (), "claude-opus"),
        (22, (), "gpt-3.5-turbo"),
        (9999, (), "gpt-3.5-turbo"),
        (9999, ("x",), "x"),
    ],
)
def test_which_model_is_tested(kind: int, models: tuple[str, ...], expected: str) -> None:
    found = internal_test.test_model(channel(type=kind, models=models))
    assert found.startswith(expected) and bool(found) is bool(expected)


def served(document: dict[str, Any]) -> Served:
    step = exchange()[0].step
    assert isinstance(step, Send)
    return Served(step, Translated(json.dumps(document).encode(), "application/json"))


@pytest.mark.parametrize(
    ("answer", "success", "message"),
    [
        (served({"choices": [{"message": {"content": "I am Claude"}}]}), True, "I am Claude"),
        (Failure(Fault(FaultKind.BAD_KEY, 401, "wrong key")), False, "wrong key"),
        (Uncarried(CannotCarry("model", "no such thing")), False, "no such thing"),
    ],
)
def test_the_report_is_what_the_pages_show(answer: Any, success: bool, message: str) -> None:
    found = json.loads(internal_test.report(answer, Endpoint.CHAT, "claude-x", 1.23456))
    assert found == {"success": success, "message": message, "time": 1.235, "modelName": "claude-x"}


def test_a_tested_channel_reports_how_long_it_took(house: House) -> None:
    talk = house.conversation(lambda server: "[Errno 111] Connect call failed")
    number = house.channel("gpt-4o")
    shown = ticket(house, channel_id=number)
    talk.ask(b"", "/internal/test", **{TICKET_HEADER: shown})
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    found = json.loads(body)
    assert found["success"] is False
    assert "connection refused" in found["message"]
    assert house.rows() == []
