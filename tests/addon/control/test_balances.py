"""Each provider's balance: what is asked, and how the reply is read. Replies are those of the documentation; nobody on
this project has recorded one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.request import CannotCarry
from addon.control.balances import BALANCES, CHARACTERS, POINTS, Balance, amount
from addon.control.way import REQUEST, Told, codec_of
from rules.providers import PROVIDERS, Provider
from tests.addon.control.asking import KEY, NOW, ask, target_for

DEEPL_KEY = "00000000-0000-4000-8000-00000000fa4e:fx"
WITH_BALANCE = [row for row in PROVIDERS.values() if row.balance]
SILICON = {"code": 20000, "message": "OK", "status": True, "data": {"balance": "0.88", "totalBalance": "88.88"}}
DEEPSEEK = {"is_available": True, "balance_infos": [{"currency": "CNY", "total_balance": "110.00"}]}
MOONSHOT = {"code": 0, "data": {"available_balance": 49.58894, "cash_balance": 3.00001}, "status": True}
SUBSCRIPTION = {"object": "billing_subscription", "has_payment_method": False, "hard_limit_usd": 120.5}
USAGE = {"object": "list", "total_usage": 1234.5}

CASES: list[tuple[str, str, list[str], list[Any], Balance]] = [
    (
        "openai",
        "",
        [
            "https://api.openai.com/v1/dashboard/billing/subscription",
            "https://api.openai.com/v1/dashboard/billing/usage?start_date=2026-08-10&end_date=2026-11-18",
        ],
        [SUBSCRIPTION, USAGE],
        Balance(Decimal("108.155"), "USD"),
    ),
    (
        "openai-compatible",
        "https://one-api.example/v1",
        [
            "https://one-api.example/v1/dashboard/billing/subscription",
            "https://one-api.example/v1/dashboard/billing/usage?start_date=2026-11-01&end_date=2026-11-18",
        ],
        [SUBSCRIPTION | {"has_payment_method": True}, USAGE],
        Balance(Decimal("108.155"), "USD"),
    ),
    (
        "closeai",
        "",
        ["https://api.closeai-proxy.xyz/dashboard/billing/credit_grants"],
        [{"object": "credit_summary", "total_granted": 20, "total_used": 7.5, "total_available": 12.5}],
        Balance(Decimal("12.5"), "CNY"),
    ),
    (
        "api2gpt",
        "",
        ["https://api.api2gpt.com/dashboard/billing/credit_grants"],
        [{"object": "credit_summary", "total_granted": 20, "total_used": 7, "total_remaining": 13}],
        Balance(Decimal(13), "CNY"),
    ),
    (
        "aigc2d",
        "",
        ["https://api.aigc2d.com/dashboard/billing/credit_grants"],
        [{"object": "list", "total_granted": 1000, "total_used": 1, "total_available": 999}],
        Balance(Decimal(999), POINTS),
    ),
    (
        "openai-sb",
        "",
        ["https://api.openai-sb.com/sb-api/user/status"],
        [{"code": "0", "msg": "ok", "data": {"credit": "125000"}}],
        Balance(Decimal("12.5"), "CNY"),
    ),
    (
        "ai-proxy",
        "",
        ["https://api.aiproxy.io/api/report/getUserOverview"],
        [{"success": True, "message": "", "data": {"totalPoints": 4321.5}}],
        Balance(Decimal("4321.5"), POINTS),
    ),
    ("siliconflow", "", ["https://api.siliconflow.cn/v1/user/info"], [SILICON], Balance(Decimal("88.88"), "CNY")),
    (
        "siliconflow",
        "https://api.siliconflow.com/v1",
        ["https://api.siliconflow.com/v1/user/info"],
        [SILICON],
        Balance(Decimal("88.88"), "USD"),
    ),
    ("deepseek", "", ["https://api.deepseek.com/user/balance"], [DEEPSEEK], Balance(Decimal("110.00"), "CNY")),
    (
        "deepseek",
        "https://api.deepseek.com/beta",
        ["https://api.deepseek.com/user/balance"],
        [{"balance_infos": [{"currency": "CNY", "total_balance": "0.00"}, {"currency": "USD", "total_balance": "5"}]}],
        Balance(Decimal(5), "USD"),
    ),
    (
        "deepseek",
        "",
        ["https://api.deepseek.com/user/balance"],
        [{"balance_infos": [{"currency": "CNY", "total_balance": "-1.00"}]}],
        Balance(Decimal("-1.00"), "CNY"),
    ),
    (
        "openrouter",
        "",
        ["https://openrouter.ai/api/v1/credits"],
        [{"data": {"total_credits": 100.5, "total_usage": 25.75}}],
        Balance(Decimal("74.75"), "USD"),
    ),
    (
        "moonshot",
        "",
        ["https://api.moonshot.cn/v1/users/me/balance"],
        [MOONSHOT],
        Balance(Decimal("49.58894"), "CNY"),
    ),
    (
        "moonshot",
        "https://api.moonshot.ai/v1",
        ["https://api.moonshot.ai/v1/users/me/balance"],
        [MOONSHOT],
        Balance(Decimal("49.58894"), "USD"),
    ),
    (
        "stepfun",
        "https://api.stepfun.com/step_plan",
        ["https://api.stepfun.com/v1/accounts"],
        [{"object": "account", "type": "prepaid", "balance": 8.25, "total_cash_balance": 10}],
        Balance(Decimal("8.25"), "CNY"),
    ),
    (
        "novita",
        "",
        ["https://api.novita.ai/openapi/v1/billing/balance/detail"],
        [{"availableBalance": "1000000", "cashBalance": "800000"}],
        Balance(Decimal(100), "USD"),
    ),
]


@pytest.mark.parametrize(("name", "base_url", "urls", "documents", "left"), CASES)
def test_balance_of(name: str, base_url: str, urls: list[str], documents: list[Any], left: Balance) -> None:
    target = target_for(name, base_url)
    (row,) = (row for row in PROVIDERS.values() if row.name == name)
    asked, found = ask(BALANCES[row.balance][0], target, *documents)
    assert (asked.urls, found) == (urls, left)
    assert {one.method for one in asked.sent} == {"GET"}
    assert all(KEY in str((*one.secrets, *one.secret_query)) for one in asked.sent)
    assert KEY not in str([(one.url, one.headers) for one in asked.sent])


def test_deepl_counts_characters_at_the_keys_own_host() -> None:
    (way,) = BALANCES["deepl"]
    asked, left = ask(way, target_for("deepl", key=DEEPL_KEY), {"character_count": 180118, "character_limit": 500000})
    assert asked.urls == ["https://api-free.deepl.com/v2/usage"]
    assert asked.sent[0].secrets == (("authorization", f"DeepL-Auth-Key {DEEPL_KEY}"),)
    assert left == Balance(Decimal(319882), CHARACTERS)
    paid = codec_of(way).build(REQUEST, target_for("deepl", key=DEEPL_KEY.removesuffix(":fx")))
    assert paid.url == "https://api.deepl.com/v2/usage"
    with pytest.raises(BadKey):
        codec_of(way).build(REQUEST, target_for("deepl", key="no uuid"))


def test_openrouter_asks_for_the_keys_own_limit_where_the_account_is_not_told() -> None:
    _, way = BALANCES["openrouter"]
    asked, left = ask(way, target_for("openrouter"), {"data": {"limit": 20, "limit_remaining": 3.5, "usage": 16.5}})
    assert (asked.urls, left) == (["https://openrouter.ai/api/v1/key"], Balance(Decimal("3.5"), "USD"))
    with pytest.raises(Told, match="management keys"):
        ask(way, target_for("openrouter"), {"data": {"limit": None, "limit_remaining": None}})


@pytest.mark.parametrize(
    ("name", "document", "message"),
    [
        ("openai-sb", {"code": "1", "msg": "no such key"}, "no such key"),
        ("openai-sb", {"code": "1"}, "no reason"),
        ("siliconflow", {"code": 20001, "status": False, "message": "bad key", "data": None}, "bad key"),
        ("siliconflow", {"code": 20000, "status": True, "data": None}, "no reason"),
        ("moonshot", {"code": 5, "message": "frozen", "data": {}}, "frozen"),
        ("moonshot", {"code": 5}, "5"),
        ("ai-proxy", {"success": False, "message": "unknown key"}, "unknown key"),
        ("deepseek", {"balance_infos": []}, "not in the form"),
        ("deepseek", {"balance_infos": [{"currency": "CNY", "total_balance": "much"}]}, "not in the form"),
        ("stepfun", {"balance": True}, "not in the form"),
        ("stepfun", {"balance": "1e999"}, "not in the form"),
        ("novita", [], "not in the form"),
    ],
)
def test_a_balance_that_is_not_told(name: str, document: Any, message: str) -> None:
    with pytest.raises(Told, match=message):
        ask(BALANCES[name][0], target_for(name), document)


@pytest.mark.parametrize("value", [None, True, "nan", "-inf", "", "one", [], "1e16", "1e-99999999", "0e-99"])
def test_no_amount(value: Any) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        amount(value)


@pytest.mark.parametrize("row", WITH_BALANCE, ids=lambda row: row.name)
def test_a_channel_with_another_address_is_asked_there_and_nowhere_else(row: Provider) -> None:
    """One API asks the provider's fixed host, with a key that is for somebody else (A12.7)."""
    target = target_for(row.name, "http://mirror.example:8080/some/path")
    for way in BALANCES[row.balance]:
        assert codec_of(way).build(REQUEST, target).url.startswith("http://mirror.example:8080/some/path/")


def test_every_name_in_a_row_is_known_and_used() -> None:
    assert {row.balance for row in WITH_BALANCE} == set(BALANCES)
    assert NOW > 0


def test_a_way_that_strays_is_not_sent() -> None:
    (way,) = BALANCES["deepl"]
    with pytest.raises(CannotCarry):
        codec_of(type(way)(way.ask, way.read)).build(
            REQUEST, target_for("deepl", "https://api.deepl.com", key=DEEPL_KEY)
        )
