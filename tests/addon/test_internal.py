import json
from typing import Any

import pytest

from addon import internal
from addon.attempts import Failure, Send, Served, Uncarried
from addon.canon.fault import Fault, FaultKind
from addon.canon.request import CannotCarry
from addon.exchange import Visit
from addon.reception import Arrival
from addon.routes import Kind, Route
from addon.translation import Translated
from rules.tickets import TicketStore
from tests.addon.exchanges import exchange
from tests.addon.house import House
from tests.builders import channel


def ticket(house: House, purpose: str = "test", **payload: Any) -> str:
    return TicketStore(house.services.database, house.services.vault).issue(purpose, payload, 30)


def ask(house: House, shown: str, path: str = internal.TEST_PATH) -> tuple[Visit, Any]:
    visit = Visit("id-1", Route(Kind.INTERNAL), "127.0.0.1", "x", True, 0.0)
    arrival = Arrival({internal.TICKET_HEADER: shown}, {}, b"")
    return visit, house.run(internal.receive_test(house.services, visit, arrival, path))


def test_a_test_goes_to_its_channel_in_any_state_and_holds_nothing(house: House) -> None:
    number = house.channel("gpt-4o", "gpt-3.5-turbo", status=2)
    visit, refusal = ask(house, ticket(house, channel_id=number))
    assert refusal is None
    assert visit.exchange is not None
    step = visit.exchange.step
    assert isinstance(step, Send)
    assert step.candidate.channel.id == number
    asked = json.loads(step.outbound.body)
    assert asked["model"] == "gpt-3.5-turbo"
    assert asked["messages"][0]["content"].startswith("Output only your specific model name")
    assert not visit.exchange.caller.billed
    assert house.holds() == []


def test_a_channel_that_was_just_saved_is_seen(house: House) -> None:
    number = house.channel("gpt-4o")
    house.services.database.execute("UPDATE channels SET models = 'mine' WHERE id = ?", (number,))
    house.services.database.changed()
    visit, _ = ask(house, ticket(house, channel_id=number))
    assert visit.exchange is not None
    assert visit.exchange.request.model == "mine"


def test_the_model_may_be_named(house: House) -> None:
    number = house.channel("gpt-4o", "gpt-4o-mini")
    visit, _ = ask(house, ticket(house, channel_id=number, model="gpt-4o-mini"))
    assert visit.exchange is not None
    assert visit.exchange.request.model == "gpt-4o-mini"


def test_a_ticket_opens_once(house: House) -> None:
    number = house.channel("gpt-4o")
    shown = ticket(house, channel_id=number)
    assert ask(house, shown)[1] is None
    assert ask(house, shown)[1].status == 401


@pytest.mark.parametrize(("shown", "status"), [("", 401), ("made-up.ticket", 401)])
def test_without_a_ticket_there_is_no_test(house: House, shown: str, status: int) -> None:
    visit, refusal = ask(house, shown)
    assert refusal.status == status
    assert visit.exchange is None


def test_a_ticket_for_something_else_does_not_count(house: House) -> None:
    assert ask(house, ticket(house, "balance", channel_id=1))[1].status == 401


def test_a_channel_that_is_gone_cannot_be_tested(house: House) -> None:
    assert ask(house, ticket(house, channel_id=999))[1].status == 404


def test_other_internal_paths_do_not_exist(house: House) -> None:
    assert ask(house, "", "/internal/other")[1].status == 404


@pytest.mark.parametrize(
    ("kind", "models", "expected"),
    [
        (1, ("a", "gpt-3.5-turbo"), "gpt-3.5-turbo"),
        (1, ("b", "a"), "b"),
        (14, (), "claude"),
        (9999, (), "gpt-3.5-turbo"),
    ],
)
def test_which_model_is_tested(kind: int, models: tuple[str, ...], expected: str) -> None:
    assert internal.test_model(channel(type=kind, models=models)).startswith(expected)


def served(document: dict[str, Any]) -> Served:
    step = exchange()[0].step
    assert isinstance(step, Send)
    return Served(step, Translated(json.dumps(document).encode(), "application/json"))


@pytest.mark.parametrize(
    ("answer", "success", "message"),
    [
        (served({"choices": [{"message": {"content": "I am Claude"}}]}), True, "I am Claude"),
        (served({"choices": [{"message": {"content": None}}]}), True, ""),
        (served({"choices": []}), True, ""),
        (Failure(Fault(FaultKind.BAD_KEY, 401, "wrong key")), False, "wrong key"),
        (Uncarried(CannotCarry("model", "no such thing")), False, "no such thing"),
    ],
)
def test_the_report_is_what_the_pages_show(answer: Any, success: bool, message: str) -> None:
    found = json.loads(internal.report(answer, "claude-x", 1.23456))
    assert found == {"success": success, "message": message, "time": 1.235, "modelName": "claude-x"}


def test_a_tested_channel_reports_how_long_it_took(house: House) -> None:
    talk = house.conversation(lambda server: "[Errno 111] Connect call failed")
    number = house.channel("gpt-4o")
    shown = ticket(house, channel_id=number)
    talk.ask(b"", "/internal/test", **{internal.TICKET_HEADER: shown})
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    found = json.loads(body)
    assert found["success"] is False
    assert "connection refused" in found["message"]
    assert house.rows() == []
