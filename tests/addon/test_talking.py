import json
from concurrent.futures import Future
from typing import Any

import pytest

from addon import talking
from addon.admission import Caller
from addon.attempts import Terms, attempts
from addon.canon.realtime import RealtimeRequest
from addon.exchange import Exchange
from addon.front import settle
from addon.plan import plan
from addon.realtime import BUG, SPENT, Session
from addon.settlement import closing
from rules.values import Hold, Shortfall
from tests.addon.house import House


def told(output: int) -> bytes:
    usage = {"input_tokens": 0, "output_tokens": output}
    return json.dumps({"type": "response.done", "response": {"id": "a", "usage": usage}}).encode()


@pytest.fixture
def running(house: House) -> Exchange:
    """A session under way, with a hold of 1,000; a token that is written costs 8."""
    house.channel("gpt-realtime")
    key = house.token(remain_quota=20_000).removeprefix("sk-")
    snapshot = house.services.snapshots.current
    token = snapshot.token(key)
    assert token is not None
    user = snapshot.user(token.user_id)
    assert user is not None
    caller, request = Caller(user, token), RealtimeRequest("gpt-realtime")
    candidates = plan(snapshot, caller, request.endpoint, request.model, house.services.means, house.services.rng, 0)
    assert isinstance(candidates, tuple)
    made = Exchange(
        "t1", caller, request, attempts(request, candidates, Terms(0, "t1", 0, 0)), 0, created_at=0, began=0.0
    )
    made.start()
    made.run()
    made.commit(made.talk())
    hold = Hold("t1", user.id, token.id, 1000, True)
    assert house.services.ledger.reserve(hold).result(5) == hold
    made.hold, made.first_hold = hold, 1000
    return made


def session(exchange: Exchange) -> Session:
    assert isinstance(exchange.live, Session)
    return exchange.live


def passed(house: House, exchange: Exchange, content: bytes, from_client: bool = False) -> bytes:
    return bytes(house.run(talking.passed(house.services, exchange, from_client, content)))


def test_a_hold_that_covers_it_stays(house: House, running: Exchange) -> None:
    assert passed(house, running, told(100)) == told(100)
    assert running.hold is not None
    assert (running.hold.quota, running.growing) == (1000, None)
    assert passed(house, running, b'{"type":"response.created"}')


def test_a_hold_grows_by_as_much_as_it_began_with(house: House, running: Exchange) -> None:
    passed(house, running, told(200))
    assert running.hold is not None
    assert running.hold.quota == 200 * 8 + 1000
    assert house.holds()[0]["quota"] == 2600
    assert session(running).stop is None


def test_a_session_that_cannot_be_paid_any_more_ends(house: House, running: Exchange) -> None:
    assert passed(house, running, told(2400)) == told(2400)
    assert session(running).fault is SPENT
    assert running.hold is not None
    assert running.hold.quota == 1000


def test_without_a_hold_nothing_is_paid(house: House, running: Exchange) -> None:
    house.services.ledger.release(running.hold).result(5)  # type: ignore[arg-type]
    running.hold = None
    passed(house, running, told(10_000))
    assert (running.growing, session(running).stop) == (None, None)


def test_a_session_that_cannot_be_metered_ends(house: House, running: Exchange) -> None:
    house.services.ledger.stop()
    passed(house, running, told(500))
    house.services.ledger.start()
    assert session(running).fault is BUG


def test_what_the_client_says_is_not_paid(house: House, running: Exchange) -> None:
    said = b'{"type":"session.update","session":{"model":"other"}}'
    assert json.loads(passed(house, running, said, from_client=True))["session"]["model"] == "gpt-realtime"
    assert running.growing is None


def test_who_settles_while_the_hold_grows_waits_for_it(house: House, running: Exchange) -> None:
    """The client has gone while the ledger was asked: nothing may be lost between the two holds."""
    late: Future[Any] = Future()
    late.add_done_callback(lambda done: talking.grow(running, done))
    running.growing = late
    running.close()
    settle(house.services, running, closing(running, 0.0, client_left=True, crashed=False))
    assert len(house.holds()) == 1
    assert running.hold is not None
    late.set_result(house.services.ledger.extend(running.hold, 1500).result(5))
    assert running.hold.quota == 1500
    assert house.holds() == []


@pytest.mark.parametrize("outcome", [Shortfall("user", 0, 1), RuntimeError("away"), None])
def test_an_extension_that_failed_leaves_the_hold(running: Exchange, outcome: object) -> None:
    done: Future[Any] = Future()
    if isinstance(outcome, RuntimeError):
        done.set_exception(outcome)
    elif outcome is None:
        done.cancel()
    else:
        done.set_result(outcome)
    before = running.hold
    talking.grow(running, done)
    assert running.hold is before
