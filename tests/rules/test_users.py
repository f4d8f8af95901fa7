from __future__ import annotations

import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from rules.database import Database
from rules.errors import Invalid
from rules.logs import LogStore
from rules.models import Users
from rules.tokens import TokenStore
from rules.users import UserStore
from rules.values import LogType, Role, UserRecord, UserStatus
from rules.vault import Vault
from tests.rules.builders import add_user, column

PASSWORD = "correct horse"
pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def store(database: Database, vault: Vault) -> UserStore:
    return UserStore(database, vault)


def ada(store: UserStore, **changes: Any) -> UserRecord:
    return store.create({"username": "ada", "password": PASSWORD} | changes)


def test_a_new_user_has_the_default_token(store: UserStore, database: Database, vault: Vault) -> None:
    record = ada(store)
    (token,) = TokenStore(database, vault).page(record.id).items
    assert (token.name, token.unlimited_quota, token.remain_quota, token.expired_time) == ("default", True, -1, -1)
    assert (record.display_name, record.role, record.status, record.group) == ("ada", 1, 1, "default")
    assert (record.quota, record.must_change_password, record.has_access_token) == (0, False, False)
    assert len(record.aff_code) == 8


def test_a_password_is_stored_hashed(store: UserStore, database: Database) -> None:
    stored = column(database, Users, ada(store).id, "password")
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_a_name_can_be_taken_once(store: UserStore) -> None:
    ada(store)
    with pytest.raises(Invalid, match="用户名已被占用"):
        ada(store)
    bob = store.create({"username": "bob", "password": PASSWORD})
    with pytest.raises(Invalid, match="用户名已被占用"):
        store.update(bob.id, {"username": "ada"})
    assert store.update(bob.id, {"username": "bob"}).username == "bob"


def test_of_two_who_take_a_name_at_once_one_gets_it(store: UserStore) -> None:
    meet, answers = threading.Barrier(4), []

    def take() -> None:
        meet.wait(timeout=10)
        try:
            answers.append(ada(store).username)
        except Invalid as error:
            answers.append(error.field)

    threads = [threading.Thread(target=take) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == ["ada", "username", "username", "username"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "x" * 13}, "username"),
        ({"password": "short"}, "password"),
        ({"quota": -5}, "quota"),
        ({"role": 7}, "role"),
        ({"status": UserStatus.DELETED}, "status"),
        ({"access_token": "x"}, "access_token"),
    ],
)
def test_a_wrong_field_is_refused_by_name(store: UserStore, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ada(store, **changes)
    assert caught.value.field == field
    assert store.page().total == 0


@pytest.mark.parametrize("missing", ["username", "password"])
def test_a_user_needs_a_name_and_a_password(store: UserStore, missing: str) -> None:
    given = {"username": "ada", "password": PASSWORD}
    del given[missing]
    with pytest.raises(Invalid) as caught:
        store.create(given)
    assert caught.value.field == missing


def test_an_update_changes_what_is_given_even_to_nothing(store: UserStore) -> None:
    before = ada(store, email="ada@example.com", quota=5, role=Role.ADMIN)
    after = store.update(before.id, {"email": "", "quota": 0, "display_name": "", "group": "vip"})
    assert (after.email, after.quota, after.display_name, after.group) == ("", 0, "", "vip")
    assert (after.username, after.role, after.auth_version) == ("ada", Role.ADMIN, before.auth_version)


def test_a_changed_quota_is_logged_in_one_apis_words(store: UserStore, database: Database) -> None:
    record = ada(store)
    store.update(record.id, {"quota": 500_000})
    store.update(record.id, {"quota": 500_000})
    (row,) = LogStore(database).page().items
    assert (row.type, row.user_id, row.username) == (LogType.MANAGE, record.id, "ada")
    assert row.content == "管理员将用户额度从 ＄0.000000 额度修改为 ＄1.000000 额度"


def test_a_new_password_ends_all_sessions_and_the_need_for_one(store: UserStore, database: Database) -> None:
    user_id = add_user(database, username="root", must_change_password=1)
    record = store.update(user_id, {"password": "another horse"})
    assert (record.auth_version, record.must_change_password) == (2, False)
    assert store.authenticate("root", "another horse") is not None
    assert store.has_password(user_id, "another horse")
    assert not store.has_password(user_id, PASSWORD)
    assert not store.has_password(999, PASSWORD)


@pytest.mark.parametrize("changes", [{"role": Role.ADMIN}, {"status": UserStatus.DISABLED}])
def test_a_new_role_or_status_ends_all_sessions(store: UserStore, changes: dict[str, int]) -> None:
    assert store.update(ada(store).id, changes).auth_version == 2


def test_the_right_password_opens_by_name_and_by_mail(store: UserStore) -> None:
    record = ada(store, email="ada@example.com")
    assert store.authenticate("ada", PASSWORD) == store.authenticate("ada@example.com", PASSWORD) == record
    assert store.authenticate("ada", "wrong horse") is None
    assert store.authenticate("bob", PASSWORD) is None
    assert store.authenticate("", PASSWORD) is None


def test_a_disabled_user_stays_out(store: UserStore) -> None:
    record = ada(store)
    store.update(record.id, {"status": UserStatus.DISABLED})
    assert store.authenticate("ada", PASSWORD) is None


def test_an_outdated_hash_is_renewed_at_log_in(store: UserStore, database: Database) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user_id = add_user(database, username="old", password=weak)
    assert store.authenticate("old", PASSWORD) is not None
    assert column(database, Users, user_id, "password") != weak
    assert store.authenticate("old", PASSWORD) is not None


def test_an_access_token_is_found_by_its_hash_until_the_next_one(store: UserStore, database: Database) -> None:
    record = ada(store)
    first = store.new_access_token(record.id)
    assert (len(first), first in str(database.rows(Users.select()))) == (32, False)
    found = store.by_access_token(first)
    assert found is not None
    assert (found.id, found.has_access_token) == (record.id, True)
    second = store.new_access_token(record.id)
    assert (store.by_access_token(first), store.by_access_token("")) == (None, None)
    assert store.by_access_token(second) is not None
    with pytest.raises(Invalid, match="用户不存在"):
        store.new_access_token(999)


def test_a_deleted_user_is_gone_and_the_name_free(store: UserStore) -> None:
    record = ada(store)
    token = store.new_access_token(record.id)
    assert store.delete(record.id)
    assert not store.delete(record.id)
    assert (store.authenticate("ada", PASSWORD), store.by_access_token(token)) == (None, None)
    assert (store.page().total, store.search("deleted")) == (0, ())
    gone = store.get(record.id)
    assert gone is not None
    assert (gone.status, gone.username[:8], gone.auth_version) == (UserStatus.DELETED, "deleted_", 2)
    with pytest.raises(Invalid, match="用户不存在"):
        store.update(record.id, {"quota": 1})
    assert ada(store).id != record.id


def test_pages_are_ordered_as_asked(store: UserStore, database: Database) -> None:
    rich = add_user(database, quota=50, used_quota=1, request_count=2)
    busy = add_user(database, quota=5, used_quota=9, request_count=1)
    orders = {order: [one.id for one in store.page(order=order).items] for order in ("", "quota", "request_count")}
    assert orders == {"": [busy, rich], "quota": [rich, busy], "request_count": [rich, busy]}
    assert [one.id for one in store.page(order="used_quota").items] == [busy, rich]
    assert store.page(5).items == ()


def test_search_finds_by_id_name_mail_and_display_name(store: UserStore, database: Database) -> None:
    one = add_user(database, username="Grace", email="hopper@example.com", display_name="Admiral")
    add_user(database, username="other")
    for keyword in (str(one), "grace", "HOPPER", "Admi"):
        assert one in {found.id for found in store.search(keyword)}, keyword
    assert store.search("_race") == ()


def test_each_write_moves_the_revision(store: UserStore, database: Database) -> None:
    record = ada(store)
    store.update(record.id, {"group": "vip"})
    store.delete(record.id)
    assert database.revision() == 4
