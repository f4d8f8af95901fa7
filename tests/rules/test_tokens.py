from __future__ import annotations

from typing import Any

import pytest

from rules.database import Database
from rules.errors import Invalid
from rules.models import Tokens
from rules.tokens import EXHAUSTED, EXPIRED, KEY_LENGTH, TokenStore, new_key, subnets_of
from rules.values import TokenStatus
from rules.vault import Vault
from tests.rules.builders import add_token, add_user, column


@pytest.fixture
def store(database: Database, vault: Vault) -> TokenStore:
    return TokenStore(database, vault)


@pytest.fixture
def owner(database: Database) -> int:
    return add_user(database)


def refused(store: TokenStore, owner: int, **changes: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        store.create(owner, changes)
    return caught.value


def test_keys_are_long_random_and_without_a_dash() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == KEY_LENGTH and key.isalnum() and key.isascii() for key in keys)


def test_a_new_token_shows_its_key_to_its_owner(store: TokenStore, owner: int) -> None:
    record = store.create(owner, {"name": "laptop", "remain_quota": 500})
    assert store.get(owner, record.id) == record
    assert (record.status, record.expired_time, record.remain_quota, record.unlimited_quota) == (1, -1, 500, False)
    assert (record.used_quota, record.models, record.subnet) == (0, "", "")


def test_a_key_is_stored_sealed_and_hashed(store: TokenStore, owner: int, database: Database, vault: Vault) -> None:
    record = store.create(owner, {"name": "laptop"})
    row = database.row(Tokens.select().where(Tokens.id == record.id))
    assert row is not None
    assert record.key not in str(row)
    assert row["key_hash"] == vault.hash(record.key)


def test_another_users_token_is_not_there(store: TokenStore, owner: int, database: Database) -> None:
    stranger = add_user(database)
    record = store.create(owner, {"name": "mine"})
    assert store.get(stranger, record.id) is None
    assert not store.delete(stranger, record.id)
    with pytest.raises(Invalid, match="令牌不存在"):
        store.update(stranger, record.id, {"name": "theirs"})
    assert store.page(stranger).total == 0


def test_a_long_name_and_a_bad_subnet_are_refused_in_one_apis_words(store: TokenStore, owner: int) -> None:
    assert refused(store, owner, name="令" * 11).message == "参数错误：令牌名称过长"
    assert store.create(owner, {"name": "令" * 10}).name == "令" * 10
    error = refused(store, owner, subnet="10.0.0.0/8,10.0.0.0/40")
    assert (error.message, error.field) == ("参数错误：无效的网段：10.0.0.0/40", "subnet")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"remain_quota": -1}, "remain_quota"),
        ({"remain_quota": "many"}, "remain_quota"),
        ({"expired_time": -2}, "expired_time"),
        ({"unlimited_quota": "perhaps"}, "unlimited_quota"),
        ({"key": "chosen"}, "key"),
        ({"used_quota": 0}, "used_quota"),
    ],
)
def test_a_wrong_field_is_refused_by_name(store: TokenStore, owner: int, changes: dict[str, Any], field: str) -> None:
    assert refused(store, owner, **changes).field == field


def test_an_update_changes_what_is_given_even_to_nothing(store: TokenStore, owner: int) -> None:
    record = store.create(owner, {"name": "a", "remain_quota": 5, "models": "x, y,x", "subnet": "10.0.0.0/8, 1.2.3.4"})
    assert (record.models, record.subnet) == ("x,y", "10.0.0.0/8,1.2.3.4")
    after = store.update(owner, record.id, {"remain_quota": 0, "models": "", "name": ""})
    assert (after.remain_quota, after.models, after.name) == (0, "", "")
    assert (after.subnet, after.key, after.created_time) == (record.subnet, record.key, record.created_time)


def test_editing_resets_neither_use_nor_status(store: TokenStore, owner: int, database: Database, vault: Vault) -> None:
    token_id = add_token(database, vault, owner, used_quota=7, status=TokenStatus.EXHAUSTED)
    after = store.update(owner, token_id, {"remain_quota": 100})
    assert (after.used_quota, after.status) == (7, TokenStatus.EXHAUSTED)


def test_a_token_that_was_unlimited_starts_from_nothing(
    store: TokenStore, owner: int, database: Database, vault: Vault
) -> None:
    token_id = add_token(database, vault, owner, unlimited_quota=1, remain_quota=-1)
    assert store.update(owner, token_id, {"unlimited_quota": False}).remain_quota == 0


def test_a_dead_token_cannot_be_enabled(store: TokenStore, owner: int, database: Database, vault: Vault) -> None:
    expired = add_token(database, vault, owner, expired_time=1000, remain_quota=5, status=TokenStatus.EXPIRED)
    exhausted = add_token(database, vault, owner, status=TokenStatus.EXHAUSTED)
    for token_id, message in ((expired, EXPIRED), (exhausted, EXHAUSTED)):
        with pytest.raises(Invalid) as caught:
            store.update(owner, token_id, {"status": TokenStatus.ENABLED})
        assert caught.value.message == message
        assert column(database, Tokens, token_id, "status") != TokenStatus.ENABLED


def test_a_dead_token_is_enabled_together_with_its_cure(
    store: TokenStore, owner: int, database: Database, vault: Vault
) -> None:
    expired = add_token(database, vault, owner, expired_time=1000, remain_quota=5, status=TokenStatus.EXPIRED)
    exhausted = add_token(database, vault, owner, status=TokenStatus.EXHAUSTED)
    assert store.update(owner, expired, {"status": 1, "expired_time": -1}).status == 1
    assert store.update(owner, exhausted, {"status": 1, "unlimited_quota": True}).status == 1


def test_pages_are_ordered_as_asked(store: TokenStore, owner: int, database: Database, vault: Vault) -> None:
    rich = add_token(database, vault, owner, remain_quota=50, used_quota=1)
    free = add_token(database, vault, owner, unlimited_quota=1, remain_quota=-1, used_quota=2)
    poor = add_token(database, vault, owner, remain_quota=5, used_quota=3)
    orders = {
        order: [one.id for one in store.page(owner, order=order).items]
        for order in ("", "remain_quota", "used_quota", "nonsense")
    }
    assert orders["remain_quota"] == [free, rich, poor]
    assert orders[""] == orders["used_quota"] == orders["nonsense"] == [poor, free, rich]


def test_pages_are_of_ten_with_the_total(store: TokenStore, owner: int, database: Database, vault: Vault) -> None:
    for number in range(12):
        add_token(database, vault, owner, name=f"t{number}")
    assert (len(store.page(owner).items), len(store.page(owner, 1).items), store.page(owner).total) == (10, 2, 12)
    assert store.page(owner, keyword="t1").total == 3


def test_search_takes_wildcards_as_letters(store: TokenStore, owner: int) -> None:
    percent = store.create(owner, {"name": "100%"})
    store.create(owner, {"name": "100 more"})
    assert [one.id for one in store.search(owner, "100%")] == [percent.id]
    assert len(store.search(owner, "")) == 2


def test_each_write_moves_the_revision(store: TokenStore, owner: int, database: Database) -> None:
    record = store.create(owner, {"name": "a"})
    store.update(owner, record.id, {"status": 2})
    assert store.delete(owner, record.id)
    assert database.revision() == 4


def test_subnets_may_be_single_addresses() -> None:
    assert [str(net) for net in subnets_of("10.1.2.3, 2001:db8::/32")] == ["10.1.2.3/32", "2001:db8::/32"]
