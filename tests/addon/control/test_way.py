from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from addon.canon.codec import FollowUp
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.control.way import LIMIT, PAGES, REQUEST, Told, Way, above, bearer, codec_of, found, get, origin
from tests.addon.control.asking import ask, target_for

TARGET = Target(base_url="https://gateway.example/openai", key="sk-fake-upstream", model="m")


def at(url: str, following: str = "") -> Way[Any]:
    """A way that asks there, and then, if told, somewhere else."""
    more = (lambda target, document, count: FollowUp(get(following))) if following else None
    return Way(lambda target: get(url, bearer(target)), lambda target, documents: documents, more)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1/models",
        "http://gateway.example/x",
        "https://gateway.example:8443/x",
        "https://gateway.example.evil.example/x",
        "https://sub.gateway.example/x",
    ],
)
def test_another_origin_is_never_asked(url: str) -> None:
    with pytest.raises(CannotCarry, match="not the channel's"):
        codec_of(at(url)).build(REQUEST, TARGET)


def test_the_own_origin_is_asked_whatever_the_path() -> None:
    asked = codec_of(at("https://gateway.example:443/elsewhere")).build(REQUEST, TARGET)
    assert asked.secrets == (("authorization", "Bearer sk-fake-upstream"),)


def test_a_link_to_another_origin_is_not_followed() -> None:
    follow = codec_of(at("https://gateway.example/x", "https://evil.example/x")).follow_up
    assert follow is not None
    with pytest.raises(ValueError, match="not the channel's"):  # the relay ends the question there
        follow(REQUEST, TARGET, b"{}", 1)


def test_every_link_of_a_chain_is_looked_at() -> None:
    def more(target: Target, document: Any, count: int) -> FollowUp:
        return FollowUp(get("https://gateway.example/a"), then=FollowUp(get("https://evil.example/b")))

    way = Way(lambda target: get("https://gateway.example/x"), lambda target, documents: documents, more)
    follow = codec_of(way).follow_up
    assert follow is not None
    with pytest.raises(CannotCarry):
        follow(REQUEST, TARGET, b"{}", 1)


def test_questions_end() -> None:
    endless = codec_of(at("https://gateway.example/x", "https://gateway.example/y")).follow_up
    assert endless is not None
    assert endless(REQUEST, TARGET, b"{}", PAGES - 1) is not None
    assert endless(REQUEST, TARGET, b"{}", PAGES) is None
    assert endless(REQUEST, TARGET, b'"%s"' % (b"x" * LIMIT), 1) is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"error": {"message": "no such account", "type": "x"}}, "no such account"),
        ({"error": {"code": 17}}, "17"),
        ({"error": "expired"}, "expired"),
        ({"success": False, "message": "wrong key"}, "wrong key"),
        ({"success": False}, "no reason given"),
        ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "login fail"),
        ({"base_resp": {"status_code": 1004}}, "1004"),
    ],
)
def test_a_refusal_with_a_good_status_is_told(document: Any, message: str) -> None:
    with pytest.raises(Told, match=message):
        found(at("x"), TARGET, json.dumps([document]).encode())


def test_a_refusal_that_reads_long_is_cut() -> None:
    with pytest.raises(Told) as told:
        found(at("x"), TARGET, json.dumps([{"error": "x" * 9000}]).encode())
    assert len(str(told.value)) == 600


@pytest.mark.parametrize("body", [b"{", b"[{}]", b'["x"]', b"[[]]", b"[" * 100_000])
def test_garbage_is_said_to_be_garbage(body: bytes) -> None:
    way: Way[Any] = Way(lambda target: get("x"), lambda target, documents: documents[0]["data"][0]["id"])
    with pytest.raises(Told, match="not in the form"):
        found(way, TARGET, body)


def test_a_reply_beyond_all_measure_is_not_parsed() -> None:
    with pytest.raises(Told, match="longer"):
        found(at("x"), TARGET, b"[" + b" " * 2 * LIMIT + b"]")


def test_a_way_says_no_itself() -> None:
    def read(target: Target, documents: Any) -> Any:
        raise Told("ask somebody else")

    with pytest.raises(Told, match="somebody else"):
        found(Way(lambda target: get("x"), read), TARGET, b"[{}]")


def test_amounts_stay_exact() -> None:
    assert found(at("x"), TARGET, b'[{"base_resp": {"status_code": 0}, "n": 0.1}]')[0]["n"] == Decimal("0.1")


def test_a_minted_token_goes_before_the_key() -> None:
    assert bearer(target_for("baidu-v2", minted="short-lived")) == ("authorization", "Bearer short-lived")


def test_above_takes_one_ending_off() -> None:
    assert above("https://x/v1", "/v1", "/v2") == "https://x"
    assert above("https://x/v1beta", "/v1") == "https://x/v1beta"


def test_origins() -> None:
    assert origin("https://x/y") == ("https", "x", 443)
    assert origin("http://X:81/") == ("http", "x", 81)


def test_a_question_of_one_request() -> None:
    asked, documents = ask(at("https://gateway.example/x"), TARGET, {"a": 1})
    assert (asked.urls, documents) == (["https://gateway.example/x"], [{"a": 1}])
