from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from rules.database import Database
from rules.errors import Invalid
from rules.models import Options as Rows
from rules.options import FIELDS, Options, OptionStore, as_text, parse, secret
from rules.pricing import price_of
from rules.vault import Vault


@pytest.fixture
def store(database: Database, vault: Vault) -> OptionStore:
    return OptionStore(database, vault)


def refused(key: str, text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(key, text)
    assert caught.value.field == key
    return caught.value


def test_nothing_stored_gives_the_defaults(store: OptionStore) -> None:
    assert store.current() == Options()
    assert (Options().retry_times, Options().pre_consumed_quota, Options().quota_per_unit) == (2, 500, 500_000)


def test_a_set_option_is_there_and_listed(store: OptionStore) -> None:
    store.set("RetryTimes", "5")
    store.set("SystemName", "我的网关")
    store.set("LogConsumeEnabled", "false")
    now, listed = store.current(), store.listed()
    assert (now.retry_times, now.system_name, now.log_consume_enabled) == (5, "我的网关", False)
    assert (listed["RetryTimes"], listed["SystemName"], listed["LogConsumeEnabled"]) == ("5", "我的网关", "false")


def test_every_default_survives_being_written_as_text() -> None:
    for key, field in FIELDS.items():
        default = getattr(Options(), field.name)
        assert parse(key, as_text(default)) == default, key


def test_secret_options_are_sealed_and_never_listed(store: OptionStore, database: Database) -> None:
    for key in ("SMTPToken", "GitHubClientSecret", "TurnstileSecretKey"):
        assert secret(key)
        store.set(key, "fake-secret")
        assert key not in store.listed()
    assert "fake-secret" not in str(database.rows(Rows.select()))
    assert store.current().turnstile_secret_key == "fake-secret"
    assert store.secrets_set() == {"SMTPToken", "GitHubClientSecret", "TurnstileSecretKey"}


def test_several_are_set_all_or_none(store: OptionStore, database: Database) -> None:
    with pytest.raises(Invalid):
        store.set_all({"RetryTimes": "4", "QuotaPerUnit": "nothing"})
    assert (store.current().retry_times, database.revision()) == (2, 1)
    store.set_all({"RetryTimes": "4", "QuotaPerUnit": "1000"})
    assert (store.current().retry_times, store.current().quota_per_unit, database.revision()) == (4, 1000, 2)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("NoSuchOption", "1"),
        ("RetryTimes", "two"),
        ("RetryTimes", "1.5"),
        ("RetryTimes", "-1"),
        ("RetryTimes", ""),
        ("RetryTimes", str(2**63)),
        ("QuotaPerUnit", "0"),
        ("QuotaPerUnit", "nan"),
        ("ChannelDisableThreshold", "inf"),
        ("PasswordLoginEnabled", "yes"),
        ("ModelRatio", "{"),
        ("ModelRatio", "[]"),
        ("ModelRatio", '{"gpt-4o": -1}'),
        ("GroupRatio", '{"default": "much"}'),
        ("CompletionRatio", '{"gpt-4o": NaN}'),
        ("CompletionRatio", '{"gpt-4o": 1' + "0" * 400 + "}"),
        ("Footer", "a\x00b"),
    ],
)
def test_what_makes_no_sense_is_refused_by_key(key: str, text: str) -> None:
    refused(key, text)


@pytest.mark.parametrize(
    ("key", "needed"),
    [
        ("GitHubOAuthEnabled", "GitHubClientId"),
        ("WeChatAuthEnabled", "WeChatServerAddress"),
        ("TurnstileCheckEnabled", "TurnstileSiteKey"),
    ],
)
def test_what_needs_another_option_waits_for_it(store: OptionStore, key: str, needed: str) -> None:
    with pytest.raises(Invalid, match="无法启用"):
        store.set(key, "true")
    store.set(key, "false")
    store.set_all({key: "true", needed: "there"})
    assert getattr(store.current(), FIELDS[key].name) is True


def test_a_domain_restriction_needs_a_list(store: OptionStore) -> None:
    store.set("EmailDomainRestrictionEnabled", "true")
    store.set_all({"EmailDomainRestrictionEnabled": "false", "EmailDomainWhitelist": ""})
    with pytest.raises(Invalid, match="邮箱域名"):
        store.set("EmailDomainRestrictionEnabled", "true")


@pytest.mark.parametrize(("given", "text"), [(True, "true"), (3, "3"), (2.5, "2.5"), (500_000.0, "500000")])
def test_values_of_json_are_taken_as_their_texts(given: Any, text: str) -> None:
    assert as_text(given) == text
    assert parse("Footer", given) == text


def test_ratios_become_the_tables_of_the_prices(store: OptionStore) -> None:
    store.set_all({"ModelRatio": '{"my-model": 7}', "GroupRatio": '{"vip": 0.5}', "CompletionRatio": ""})
    price = price_of(store.current().tables(), 1, "my-model", "vip")
    assert (price.model_ratio, price.group_ratio, price.known) == (7, 0.5, True)
    assert store.current().completion_ratio == {}


def test_what_another_program_stored_badly_is_left_out(store: OptionStore, database: Database) -> None:
    for key, value, encrypted in (
        ("RetryTimes", "many", 0),
        ("SMTPToken", "v1:AAAA", 1),
        ("OldOption", "x", 0),
        ("SystemName", "ours", 0),
    ):
        database.insert(Rows, {"key": key, "value": value, "encrypted": encrypted})
    assert store.current() == dataclasses.replace(Options(), system_name="ours")


def test_a_server_address_has_no_slash_at_its_end(store: OptionStore) -> None:
    store.set("ServerAddress", "https://gateway.example/")
    assert store.current().server_address == "https://gateway.example"


def test_quota_is_written_as_money_or_as_points() -> None:
    assert Options().quota_text(1) == "＄0.000002 额度"
    assert Options(display_in_currency_enabled=False).quota_text(1) == "1 点额度"
