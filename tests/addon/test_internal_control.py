from __future__ import annotations

import json
from typing import Any

import pytest

from addon import internal_control
from addon.attempts import Broken, Send
from addon.errors import Refusal
from addon.exchange import Visit
from addon.routes import Kind, Route
from addon.translation import Reply
from addon.transport import transport_fault
from tests.addon.exchanges import reply
from tests.addon.house import KEY, ROOT_TOKEN, House

PAGE = Reply(200, {"content-type": "text/html"}, b"<html>blocked</html>")
REFUSED = {
    "error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}
}


def visit() -> Visit:
    return Visit("id-1", Route(Kind.INTERNAL), "127.0.0.1", "x", True, 0.0)


def step(asked: Visit) -> Send:
    assert asked.exchange is not None
    assert isinstance(asked.exchange.step, Send)
    return asked.exchange.step


def told(asked: Visit, *outcomes: Any) -> dict[str, Any]:
    """What the operator gets when the provider says this."""
    exchange = asked.exchange
    assert exchange is not None and exchange.wrap is not None and exchange.step is not None
    answer = exchange.step
    for outcome in outcomes:
        exchange.run()
        answer = exchange.advance(outcome)
    assert not isinstance(answer, Send), f"{answer.outbound.url} is still asked"
    found: dict[str, Any] = json.loads(exchange.wrap(answer))
    return found


def balance(house: House, **fields: Any) -> Visit:
    asked = visit()
    question = {"channel_id": house.channel("m", **fields)}
    assert internal_control.tell_balance(house.services, asked, question) is None
    return asked


def models(house: House, **question: Any) -> Visit:
    asked = visit()
    assert internal_control.tell_models(house.services, asked, question) is None
    return asked


def test_a_balance_is_told_in_its_own_currency(house: House) -> None:
    asked = balance(house, type=36, status=2)
    assert step(asked).outbound.url == "http://upstream.example:81/user/balance"
    document = {"balance_infos": [{"currency": "CNY", "total_balance": "110.10"}]}
    assert told(asked, reply(200, document)) == {"success": True, "message": "", "balance": "110.10", "currency": "CNY"}
    assert house.rows() == [] and house.holds() == []


def test_a_balance_of_two_requests(house: House) -> None:
    asked = balance(house)
    assert told(asked, reply(200, {"hard_limit_usd": 10}), reply(200, {"total_usage": 250}))["balance"] == "7.5"


def test_the_second_way_is_taken_when_the_first_is_refused(house: House) -> None:
    asked = balance(house, type=20)
    forbidden = reply(403, {"error": {"message": "Only management keys can fetch credits", "code": 403}})
    found = told(asked, forbidden, reply(200, {"data": {"limit_remaining": 3}}))
    assert (found["balance"], found["currency"]) == ("3", "USD")


@pytest.mark.parametrize(
    ("outcome", "kind", "message"),
    [
        (reply(401, REFUSED), "bad_key", "Incorrect API key provided"),
        (reply(404, {"detail": "Not Found"}), "not_found", "404: Not Found"),
        (PAGE, "garbage", "HTML page"),
        (Reply(502, {"content-type": "text/html"}, b"<html>"), "", ""),
        (Reply(302, {"location": "https://evil.example"}, b""), "garbage", "redirects"),
        (Reply(200, {"content-type": "application/json"}, b"{"), "bad_request", "not in the form"),
        (reply(200, {"hello": 1}), "bad_request", "not in the form"),
        (reply(200, {"success": False, "message": "gone"}), "bad_request", "gone"),
        (Broken(transport_fault("[Errno 111] Connect call failed")), "transport", "connection refused"),
    ],
)
def test_what_goes_wrong_is_said_in_words(house: House, outcome: Any, kind: str, message: str) -> None:
    found = told(balance(house, type=36), outcome)
    assert found["success"] is False
    assert found["kind"] == kind or not kind
    assert message in found["message"]
    assert KEY not in json.dumps(found)


@pytest.mark.parametrize("odd", [b"[]", b"3", b"null", b"[" * 200_000, b'{"data": 3}'])
@pytest.mark.parametrize("kind", [14, 24, 34, 37])
def test_a_first_page_that_is_no_page_has_none_behind_it(house: House, kind: int, odd: bytes) -> None:
    asked, key = visit(), "account|sk-fake" if kind == 37 else KEY
    question = {"channel_id": house.channel("m", type=kind, key=key, config={"user_id": "account"})}
    assert internal_control.tell_models(house.services, asked, question) is None
    found = told(asked, Reply(200, {"content-type": "application/json"}, odd))
    assert found.get("models") == [] or found["kind"] == "bad_request"


@pytest.mark.parametrize("odd", [b"[]", b"3", b"null", b"[" * 200_000])
def test_a_subscription_that_is_none_tells_no_balance(house: House, odd: bytes) -> None:
    found = told(balance(house), Reply(200, {"content-type": "application/json"}, odd))
    assert (found["success"], found["kind"]) == (False, "bad_request")


def test_a_key_that_cannot_be_one_is_not_sent(house: House) -> None:
    found = told(balance(house, type=38, base_url="", key="no uuid"))
    assert (found["success"], found["kind"]) == (False, "bad_key")
    assert "UUID" in found["message"]


def test_types_without_a_balance_say_so(house: House) -> None:
    for kind in (14, 3, 43):
        fields = {"type": kind, "base_url": "http://upstream.example:81"}
        question = {"channel_id": house.channel("m", **fields)}
        refusal = internal_control.tell_balance(house.services, visit(), question)
        assert isinstance(refusal, Refusal)
        assert refusal.text("zh") == "尚未实现"


def test_a_channel_that_is_not_there_tells_nothing(house: House) -> None:
    for tell in (internal_control.tell_balance, internal_control.tell_models, internal_control.tell_key):
        refusal = tell(house.services, visit(), {"channel_id": 999})
        assert isinstance(refusal, Refusal) and refusal.status == 404


def test_models_of_a_saved_channel(house: House) -> None:
    asked = models(house, channel_id=house.channel("m", type=34))
    spaces = {"code": 0, "data": {"workspaces": [{"id": "1"}]}}
    bots = {"code": 0, "data": {"space_bots": [{"bot_id": "70", "bot_name": "Cook"}], "total": 1}}
    assert told(asked, reply(200, spaces), reply(200, bots))["models"] == [{"id": "70", "about": "Cook"}]


def test_models_of_a_form_that_is_not_saved(house: House) -> None:
    asked = models(house, type=14, key="sk-ant-fake", base_url="http://mirror.example/", config={"api_version": ""})
    assert step(asked).outbound.url == "http://mirror.example/v1/models?limit=1000"
    assert step(asked).outbound.secrets == (("x-api-key", "sk-ant-fake"),)
    assert told(asked, reply(200, {"data": [{"id": "a"}]}))["models"] == [{"id": "a", "about": ""}]


def test_a_form_of_a_saved_channel_goes_with_the_stored_key_and_secrets(house: House) -> None:
    number = house.channel("m", type=33, key="", config={"region": "us-east-1", "ak": "fake-ak", "sk": "fake-sk"})
    asked = models(
        house,
        channel_id=number,
        type=33,
        key="",
        base_url="http://other.example",
        config={"region": "eu-west-1", "sk": ""},
    )
    assert step(asked).outbound.url.startswith("http://other.example/foundation-models")
    assert "fake-ak/" in str(step(asked).outbound.secrets) and "/eu-west-1/" in str(step(asked).outbound.secrets)


def test_types_without_a_list_say_so(house: House) -> None:
    for question in ({"type": 18, "key": "k"}, {"type": 999, "key": "k"}):
        assert internal_control.tell_models(house.services, visit(), question) is internal_control.NOT_OFFERED


def test_a_token_is_fetched_first_where_one_is_needed(house: House) -> None:
    asked = models(house, type=47, key="ak|sk", base_url="http://mirror.example")
    assert step(asked).outbound.url.startswith("http://mirror.example/v1/BCE-BEARER/token")
    exchange = asked.exchange
    assert exchange is not None
    listing = exchange.advance(reply(200, {"token": "bce-v3/short", "expireTime": "2099-01-01T00:00:00Z"}))
    assert isinstance(listing, Send)
    assert listing.outbound.url == "http://mirror.example/v2/models"
    assert listing.outbound.secrets == (("authorization", "Bearer bce-v3/short"),)


def test_a_channel_that_leads_back_is_not_asked(house: House) -> None:
    refusal = internal_control.tell_models(house.services, visit(), {"channel_id": house.channel("m", key=ROOT_TOKEN)})
    assert isinstance(refusal, Refusal) and refusal.status == 503


def test_what_is_wrong_with_a_key(house: House) -> None:
    def said(**fields: Any) -> dict[str, Any]:
        found = internal_control.tell_key(house.services, visit(), {"channel_id": house.channel("m", **fields)})
        assert isinstance(found, bytes)
        answer: dict[str, Any] = json.loads(found)
        return answer

    assert said(key="sk-fake") == {"success": True, "message": ""}
    assert said(type=34, key="pat_fake", models="")["success"] is True
    wrong = said(type=15, key="sk-fake", base_url="")
    assert wrong["success"] is False and "APIKey|SecretKey" in wrong["message"]


def test_a_channel_of_an_unknown_type_has_no_key_to_look_at(house: House) -> None:
    number = house.channel("m")
    house.services.database.execute("UPDATE channels SET type = 777 WHERE id = ?", (number,))
    house.services.database.changed()
    house.services.snapshots.refresh_if_moved()
    assert internal_control.tell_key(house.services, visit(), {"channel_id": number}) is internal_control.NO_SUCH_TYPE
