from __future__ import annotations

import threading

import pytest

from rules.database import Database, connect
from rules.errors import Invalid
from rules.first_start import DEFAULT_PASSWORD, ROOT_QUOTA, TOKEN_NAME, create_root
from rules.models import Tokens, Users
from rules.snapshot import build
from rules.users import UserStore
from rules.values import Role
from rules.vault import Vault
from tests.rules.builders import add_user
from tests.rules.places import Place

PASSWORD = "chosen by the operator"
pytestmark = pytest.mark.usefixtures("quick_hashes")


def test_root_is_created_with_the_password_that_must_be_changed(database: Database, vault: Vault) -> None:
    assert create_root(database, vault)
    root = UserStore(database, vault).authenticate("root", DEFAULT_PASSWORD)
    assert root is not None
    assert (root.role, root.quota, root.display_name) == (Role.ROOT, ROOT_QUOTA, "Root User")
    assert (root.must_change_password, root.has_access_token) == (True, False)
    assert database.rows(Tokens.select()) == []


def test_root_is_created_as_the_environment_says(database: Database, vault: Vault) -> None:
    assert create_root(database, vault, PASSWORD, token="sk-fakekey", access_token="f" * 32)
    store = UserStore(database, vault)
    root = store.authenticate("root", PASSWORD)
    assert root is not None
    assert not root.must_change_password
    assert store.by_access_token("f" * 32) == root
    token = build(database, vault).token("fakekey")
    assert token is not None
    assert (token.name, token.unlimited, token.user_id, token.expired_time) == (TOKEN_NAME, True, root.id, -1)


def test_a_database_with_users_is_left_alone(database: Database, vault: Vault) -> None:
    add_user(database)
    assert not create_root(database, vault)
    assert len(database.rows(Users.select())) == 1


@pytest.mark.parametrize(
    ("password", "token", "field"),
    [("short", "", "INITIAL_ROOT_PASSWORD"), ("", "a-b", "INITIAL_ROOT_TOKEN"), ("", "a b", "INITIAL_ROOT_TOKEN")],
)
def test_what_cannot_be_used_is_refused_before_anything_is_written(
    database: Database, vault: Vault, password: str, token: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create_root(database, vault, password, token)
    assert caught.value.field == field
    assert database.rows(Users.select()) == []


def test_two_that_start_together_create_one_root(place: Place, database: Database, vault: Vault) -> None:
    created: list[bool] = []

    def start() -> None:
        mine = connect(place.dsn, place.data_dir)
        created.append(create_root(mine, vault, token="sk-fakekey"))
        mine.close_all()

    threads = [threading.Thread(target=start) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(created) == [False, True]
    assert (len(database.rows(Users.select())), len(database.rows(Tokens.select()))) == (1, 1)
