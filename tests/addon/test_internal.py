from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from addon import internal
from addon.attempts import Send
from addon.exchange import Visit
from addon.internal import question_of
from addon.reception import Arrival
from addon.routes import Kind, Route
from rules.tickets import TicketStore
from tests.addon.house import House


def ticket(house: House, purpose: str = "test", **payload: Any) -> str:
    return TicketStore(house.services.database, house.services.vault).issue(purpose, payload, 30)


def ask(house: House, shown: str, purpose: str = "test", body: bytes = b"") -> tuple[Visit, Any]:
    visit = Visit("id-1", Route(Kind.INTERNAL), "127.0.0.1", "x", True, 0.0)
    arrival = Arrival({internal.TICKET_HEADER: shown}, {}, body)
    return visit, house.run(internal.receive_internal(house.services, visit, arrival, f"/internal/{purpose}"))


def test_a_channel_that_was_just_saved_is_seen(house: House) -> None:
    number = house.channel("gpt-4o")
    house.services.database.execute("UPDATE channels SET models = 'mine' WHERE id = ?", (number,))
    house.services.database.changed()
    visit, _ = ask(house, ticket(house, channel_id=number))
    assert visit.exchange is not None
    assert visit.exchange.request.model == "mine"


def test_a_ticket_opens_once(house: House) -> None:
    number = house.channel("gpt-4o")
    shown = ticket(house, channel_id=number)
    assert ask(house, shown)[1] is None
    assert ask(house, shown)[1].status == 401


@pytest.mark.parametrize("shown", ["", "made-up.ticket"])
@pytest.mark.parametrize("purpose", ["test", "balance", "models", "key"])
def test_without_a_ticket_nothing_is_told(house: House, shown: str, purpose: str) -> None:
    visit, refusal = ask(house, shown, purpose)
    assert refusal.status == 401
    assert visit.exchange is None


def test_a_ticket_for_something_else_does_not_count(house: House) -> None:
    assert ask(house, ticket(house, "balance", channel_id=1))[1].status == 401


@pytest.mark.parametrize("purpose", ["other", "", "test/x"])
def test_other_internal_paths_do_not_exist(house: House, purpose: str) -> None:
    assert ask(house, "", purpose)[1].status == 404


def test_a_form_comes_beside_its_ticket_which_names_its_bytes(house: House) -> None:
    """The database never holds the key that was typed."""
    body = json.dumps({"type": 1, "key": "sk-fake-typed", "base_url": "http://upstream.example:81"}).encode()
    digest = hashlib.sha256(body).hexdigest()
    visit, refusal = ask(house, ticket(house, "models", digest=digest), "models", body)
    assert refusal is None
    assert visit.exchange is not None and isinstance(visit.exchange.step, Send)
    assert visit.exchange.step.outbound.url == "http://upstream.example:81/v1/models"
    assert visit.exchange.step.outbound.secrets == (("authorization", "Bearer sk-fake-typed"),)
    other = body.replace(b"typed", b"other")
    assert ask(house, ticket(house, "models", digest=digest), "models", other)[1].status == 401


def test_the_ticket_is_the_question_unless_it_names_one() -> None:
    assert question_of(None, b"{}") is None
    assert question_of({"channel_id": 1}, b'{"channel_id": 2}') == {"channel_id": 1}
    assert question_of({"digest": hashlib.sha256(b"{}").hexdigest()}, b"{}") == {}
