from __future__ import annotations

from typing import Any

import pytest

from rules.channels import CONFIG_PURPOSE, KEY_PURPOSE, ChannelStore
from rules.database import Database
from rules.errors import Invalid
from rules.models import Abilities, Channels
from rules.values import ChannelStatus
from rules.vault import Vault
from tests.rules.builders import NOW, column

FORM: dict[str, Any] = {"type": 1, "name": "one", "key": "sk-fake-upstream", "models": "gpt-4o,gpt-4o-mini"}


@pytest.fixture
def store(database: Database, vault: Vault) -> ChannelStore:
    return ChannelStore(database, vault)


def abilities(database: Database) -> set[tuple[Any, ...]]:
    columns = (Abilities.group, Abilities.model, Abilities.channel_id, Abilities.enabled, Abilities.priority)
    return set(database.tuples(Abilities.select(*columns)))


def refused(store: ChannelStore, **changes: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        store.create(FORM | changes)
    return caught.value


def test_a_new_channel_has_one_apis_defaults(store: ChannelStore) -> None:
    (channel_id,) = store.create(FORM)
    record = store.get(channel_id)
    assert record is not None
    assert (record.status, record.group, record.weight, record.priority, record.config) == (1, "default", 0, 0, {})
    assert record.created_time > NOW - 10**9


def test_a_key_is_stored_sealed_and_never_in_a_record(store: ChannelStore, database: Database, vault: Vault) -> None:
    (channel_id,) = store.create(FORM)
    sealed = column(database, Channels, channel_id, "key_encrypted")
    assert "fake" not in sealed
    assert vault.open(sealed, KEY_PURPOSE) == "sk-fake-upstream"
    assert not hasattr(store.get(channel_id), "key")


def test_every_line_of_keys_is_a_channel(store: ChannelStore, database: Database, vault: Vault) -> None:
    ids = store.create(FORM | {"key": " sk-fake-1\r\n\nsk-fake-2 \n"})
    keys = [vault.open(column(database, Channels, one, "key_encrypted"), KEY_PURPOSE) for one in ids]
    assert keys == ["sk-fake-1", "sk-fake-2"]
    assert [record.name for record in store.search("one")] == ["one", "one"]


def test_a_channel_may_do_without_a_key(store: ChannelStore) -> None:
    assert len(store.create({"type": 1, "name": "local"})) == 1


def test_abilities_are_made_of_trimmed_lists_without_doubles(store: ChannelStore, database: Database) -> None:
    (channel_id,) = store.create(FORM | {"models": " a , b,a,,", "group": "default, vip", "priority": 3})
    pairs = [(group, model) for group in ("default", "vip") for model in ("a", "b")]
    assert abilities(database) == {(*pair, channel_id, 1, 3) for pair in pairs}


def test_abilities_follow_each_change(store: ChannelStore, database: Database) -> None:
    (channel_id,) = store.create(FORM)
    store.update(channel_id, {"models": ["c"], "priority": -1})
    assert abilities(database) == {("default", "c", channel_id, 1, -1)}
    store.update(channel_id, {"status": ChannelStatus.DISABLED})
    assert abilities(database) == {("default", "c", channel_id, 0, -1)}


def test_an_update_changes_what_is_given_even_to_nothing(store: ChannelStore) -> None:
    (channel_id,) = store.create(
        FORM | {"base_url": "http://h/", "model_mapping": {"a": "b"}, "weight": 5, "system_prompt": "be kind"}
    )
    before = store.get(channel_id)
    assert before is not None
    assert (before.base_url, before.model_mapping) == ("http://h", '{"a": "b"}')
    after = store.update(
        channel_id, {"base_url": "", "model_mapping": "", "weight": 0, "name": "", "models": "", "system_prompt": ""}
    )
    assert (after.base_url, after.model_mapping, after.weight, after.name, after.models) == ("", "", 0, "", "")
    assert (after.type, after.group, after.created_time) == (before.type, before.group, before.created_time)


def test_an_empty_key_keeps_the_old_one(store: ChannelStore, database: Database, vault: Vault) -> None:
    (channel_id,) = store.create(FORM)
    store.update(channel_id, {"key": "", "name": "two"})
    assert vault.open(column(database, Channels, channel_id, "key_encrypted"), KEY_PURPOSE) == "sk-fake-upstream"
    store.update(channel_id, {"key": "sk-fake-other"})
    assert vault.open(column(database, Channels, channel_id, "key_encrypted"), KEY_PURPOSE) == "sk-fake-other"


def test_secrets_of_the_config_are_sealed_named_and_kept(store: ChannelStore, database: Database, vault: Vault) -> None:
    (channel_id,) = store.create(FORM | {"config": {"region": "us-east-1", "ak": "fake-ak", "sk": "fake-sk"}})
    record = store.get(channel_id)
    assert record is not None
    assert (record.config, record.secret_config) == ({"region": "us-east-1", "ak": "fake-ak"}, ("sk",))
    assert "fake-sk" not in column(database, Channels, channel_id, "config")
    record = store.update(channel_id, {"config": {"region": "eu-west-1", "sk": ""}})
    assert (record.config, record.secret_config) == ({"region": "eu-west-1"}, ("sk",))
    assert "fake-sk" in vault.open(column(database, Channels, channel_id, "config_encrypted"), CONFIG_PURPOSE)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": 9999}, "type"),
        ({"status": 7}, "status"),
        ({"weight": -1}, "weight"),
        ({"base_url": "ftp://h"}, "base_url"),
        ({"base_url": "api.example.com"}, "base_url"),
        *(({"base_url": f"http://{place}"}, "base_url") for place in ("h:99999", "h:0", "h:port", "[::1", "[h]")),
        ({"group": " , "}, "group"),
        ({"group": "g" * 33}, "group"),
        ({"models": "m" * 256}, "models"),
        ({"config": "[]"}, "config"),
        ({"config": {"timeouts": "idle=soon"}}, "config"),
        ({"balance": 5}, "balance"),
        ({"name": "n" * 256}, "name"),
    ],
)
def test_a_wrong_field_is_refused_by_name(store: ChannelStore, changes: dict[str, Any], field: str) -> None:
    assert refused(store, **changes).field == field
    assert store.page().total == 0


def test_a_wrong_mapping_is_refused_in_one_apis_words(store: ChannelStore) -> None:
    assert refused(store, model_mapping="{").message == "模型映射必须是合法的 JSON 格式！"


def test_a_channel_needs_a_type_and_keys_of_one_line(store: ChannelStore) -> None:
    with pytest.raises(Invalid) as caught:
        store.create({"name": "x"})
    assert caught.value.field == "type"
    (channel_id,) = store.create(FORM)
    with pytest.raises(Invalid) as caught:
        store.update(channel_id, {"key": "a\nb"})
    assert caught.value.field == "key"


def test_a_channel_that_is_not_there_cannot_be_changed(store: ChannelStore) -> None:
    with pytest.raises(Invalid, match="渠道不存在"):
        store.update(12345, {"name": "x"})
    assert store.get(12345) is None
    assert not store.delete(12345)


def test_deleting_takes_the_abilities_along(store: ChannelStore, database: Database) -> None:
    first, second = store.create(FORM | {"key": "a\nb"})
    assert store.delete(first)
    assert {row[2] for row in abilities(database)} == {second}


def test_deleting_the_disabled_leaves_the_others(store: ChannelStore, database: Database) -> None:
    one, two, three = store.create(FORM | {"key": "a\nb\nc"})
    store.update(one, {"status": ChannelStatus.DISABLED})
    store.update(two, {"status": ChannelStatus.AUTO_DISABLED})
    assert store.delete_disabled() == 2
    assert {row[2] for row in abilities(database)} == {three}
    assert store.delete_disabled() == 0


def test_pages_are_of_ten_newest_first_with_the_total(store: ChannelStore) -> None:
    ids = store.create(FORM | {"key": "\n".join(map(str, range(12)))})
    first, second = store.page(), store.page(1)
    assert [record.id for record in (*first.items, *second.items)] == sorted(ids, reverse=True)
    assert (len(first.items), first.total, len(second.items)) == (10, 12, 2)
    assert store.page(-3) == first


def test_search_finds_by_id_or_by_the_beginning_of_the_name(store: ChannelStore) -> None:
    (percent,) = store.create(FORM | {"name": "50%_off"})
    (other,) = store.create(FORM | {"name": "50 cents"})
    assert [one.id for one in store.search("50%")] == [percent]
    assert [one.id for one in store.search("50%_O")] == [percent]
    assert {one.id for one in store.search("50")} >= {percent, other}
    assert other in {one.id for one in store.search(str(other))}
    assert store.search("off") == ()
    assert store.page(keyword="50%").total == 1


def test_tests_and_balances_are_noted_without_moving_the_revision(store: ChannelStore, database: Database) -> None:
    (channel_id,) = store.create(FORM)
    revision = database.revision()
    store.note_test(channel_id, NOW, 321)
    store.note_balance(channel_id, NOW + 1, 12.5, "CNY")
    record = store.get(channel_id)
    assert record is not None
    assert (record.test_time, record.response_time) == (NOW, 321)
    assert (record.balance_updated_time, record.balance, record.balance_currency) == (NOW + 1, 12.5, "CNY")
    assert database.revision() == revision


def test_the_models_of_enabled_channels_are_listed(store: ChannelStore) -> None:
    store.create(FORM)
    (off,) = store.create(FORM | {"models": "hidden"})
    store.update(off, {"status": 2})
    assert store.models() == ("gpt-4o", "gpt-4o-mini")


def test_channels_are_counted_by_status_and_named(store: ChannelStore) -> None:
    one, two, off = store.create(FORM | {"key": "a\nb\nc"})
    store.update(off, {"status": ChannelStatus.DISABLED, "name": "off"})
    assert store.counts() == {ChannelStatus.ENABLED: 2, ChannelStatus.DISABLED: 1}
    assert store.names([two, off, 999]) == {two: "one", off: "off"}
    assert store.names([]) == {}
    assert one not in store.names([two])


def test_each_write_moves_the_revision(store: ChannelStore, database: Database) -> None:
    (channel_id,) = store.create(FORM)
    store.update(channel_id, {"name": "x"})
    store.delete_disabled()
    store.delete(channel_id)
    assert database.revision() == 5
