from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from admin.pages import logs
from rules.pricing import cost
from rules.values import LogRecord, LogRow, LogType, Price
from tests.admin.world import Browser, World

ATTEMPTS = [
    {
        "channel": 1,
        "name": "first <one>",
        "model": "gpt-4o",
        "outcome": "try_next",
        "reason": "auth: no",
        "status": 401,
    },
    {
        "channel": 2,
        "name": "second",
        "model": "gpt-4o",
        "took_ms": 900,
        "outcome": "served",
        "reason": "",
        "status": 200,
    },
]


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


def add(world: World, **fields: Any) -> int:
    values = {
        "user_id": 1,
        "created_at": 1000,
        "type": LogType.CONSUME,
        "username": "root",
        "model_name": "gpt-4o",
    } | fields
    return world.stores.logs.add(LogRow(**values))


def shown(page: str) -> int:
    return len(re.findall(r'class="detail-row"', page))


def test_nothing_yet_says_what_to_do(browser: Browser) -> None:
    assert 'href="/connect"' in browser.text("/logs").partition("<main")[2]


def test_pages_go_on_by_id(world: World, browser: Browser) -> None:
    ids = [add(world) for _ in range(logs.PAGE_SIZE + 5)]
    first = browser.text("/logs?model_name=gpt-4o")
    assert shown(first) == logs.PAGE_SIZE
    older = re.search(r'href="(/logs\?before=[^"]+)"', first)
    assert older is not None and f"before={ids[5]}" in older.group(1) and "model_name=gpt-4o" in older.group(1)
    second = browser.text(older.group(1).replace("&amp;", "&"))
    assert shown(second) == 5 and "Back to the newest" in second


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=2", 2),
        ("type=5", 1),
        ("username=alice", 1),
        ("username=nobody", 0),
        ("channel=7", 1),
        ("token_name=t", 1),
        ("model_name=other", 0),
        ("since=2000-01-01T00:00", 1),
        ("until=2000-01-01T00:00", 2),
        ("channel=nonsense", 3),
    ],
)
def test_filters(world: World, browser: Browser, query: str, count: int) -> None:
    alice = world.user()
    add(world, channel=7, created_at=1_000_000_000)
    add(world, user_id=alice.id, username="alice", token_name="t")
    add(world, type=LogType.TEST)
    assert shown(browser.text(f"/logs?{query}")) == count


def test_a_user_sees_his_rows_only(world: World) -> None:
    alice = world.user()
    secret = add(world, model_name="roots-model", detail={"attempts": ATTEMPTS})
    own = add(world, user_id=alice.id, username="alice", detail={"attempts": ATTEMPTS})
    browser = world.browser("alice")
    page = browser.text("/logs?username=root&channel=1")
    assert shown(page) == 1 and "roots-model" not in page
    assert browser.get(f"/logs/{secret}").status_code == 404
    assert "second" not in browser.text(f"/logs/{own}"), "which channels there are is not his business"


def test_the_detail_shows_attempts_end_and_price(world: World, browser: Browser) -> None:
    price = Price("gpt-4o", 1.25, 4, "default", 1, cached_ratio=0.5)
    due = cost(price, 1000, 50, cached=400)
    detail = {"attempts": ATTEMPTS, "computation": due.computation, "door": "proxy"}
    ended = {"is_stream": True, "stream_end": "done", "elapsed_ms": 2000, "first_byte_ms": 300, "request_id": "req-1"}
    counted = {"prompt_tokens": 1000, "completion_tokens": 50, "uncollected": 7, "estimated": True}
    row = add(world, quota=due.quota, detail=detail, **ended, **counted)
    for headers in ({}, {"HX-Request": "true"}):
        page = browser.text(f"/logs/{row}", headers=headers)
        assert "(600 + 400 × 0.5 + 50 × 4) × 1.25 × 1 = 1,250" in page
        assert "$0.0025" in page and "came whole" in page and "req-1" in page and "proxy, intercepted" in page
        assert "first &lt;one&gt;" in page and "failed (401)" in page and "auth: no" in page
        assert "estimated" in page and "Not collected" in page
    assert "<html" not in browser.text(f"/logs/{row}", headers={"HX-Request": "true"})


def test_a_price_that_nobody_knew_is_said(world: World, browser: Browser) -> None:
    due = cost(Price("odd", 30, 1, "default", 1, known=False), 1, 1, cache_write=1)
    row = add(world, quota=due.quota, detail={"computation": due.computation})
    page = browser.text(f"/logs/{row}")
    assert "no price known" in page and "written to the cache" in page


def test_a_row_without_a_computation_says_that_nothing_was_charged(world: World, browser: Browser) -> None:
    assert "Nothing was charged." in browser.text(f"/logs/{add(world, status=502, detail={'error': 'no route'})}")


@pytest.mark.parametrize(
    ("fields", "failed", "words"),
    [
        ({}, False, ""),
        ({"status": 401}, True, "key refused (401)"),
        ({"status": 402}, True, "nothing left to pay with (402)"),
        ({"status": 403}, True, "not allowed (403)"),
        ({"status": 404}, True, "not possible as asked (404)"),
        ({"status": 429, "stream_end": "error"}, True, "too many requests (429)"),
        ({"status": 502}, True, "failed on the other side (502)"),
        ({"status": 499}, False, ""),
        ({"stream_end": "truncated"}, True, "cut off by the provider"),
        ({"stream_end": "error"}, True, "ended with an error"),
        ({"type": LogType.TEST, "status": 0, "content": "渠道 X 测试失败，错误：no key"}, True, "test failed"),
        ({"type": LogType.TEST}, False, ""),
        ({"type": LogType.TOPUP, "status": 0}, False, ""),
    ],
)
def test_what_went_wrong(fields: dict[str, Any], failed: bool, words: str) -> None:
    row = LogRecord(**({"user_id": 1, "created_at": 1, "type": LogType.CONSUME} | fields))
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": "en"}):
        assert logs.failed(row) is failed
        assert not failed or logs.what_went_wrong(row) == words


def test_what_was_said_of_a_test_comes_without_its_heading() -> None:
    row = LogRecord(1, 1, LogType.TEST, content="渠道 X 测试失败，错误：no key")
    assert logs.what_was_said(row) == "no key"
    assert logs.what_was_said(LogRecord(1, 1, LogType.CONSUME, content="倍率：1", detail={"error": "no"})) == "no"


def test_kinds_and_attempts_in_words() -> None:
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": "en"}):
        assert logs.kind_of(LogRecord(1, 1, LogType.TOPUP)) == "top-ups"
        assert logs.kind_of(LogRecord(1, 1, 99)) == "other"
        assert logs.attempt_words({"outcome": "served"}) == "answered"
        assert logs.attempt_words({"outcome": "try_next"}) == "failed"


def test_a_channels_name_is_shown_and_a_deleted_ones_number(world: World, browser: Browser) -> None:
    add(world, channel=world.channel(name="Claude"))
    add(world, channel=99)
    page = browser.text("/logs")
    assert "Claude" in page and "#99" in page
