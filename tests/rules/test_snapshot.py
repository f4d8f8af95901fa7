from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from rules import models
from rules.channels import KEY_PURPOSE, ChannelStore
from rules.database import Database, connect
from rules.options import OptionStore
from rules.snapshot import SnapshotStore, build
from rules.tokens import TokenStore
from rules.values import Channel, ChannelStatus, TokenStatus, User
from rules.vault import Vault
from tests.rules.builders import add_token, add_user
from tests.rules.places import Place


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that peewee runs meanwhile."""
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("peewee")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def add_channel(database: Database, vault: Vault, **changes: Any) -> int:
    form = {"type": 1, "key": "sk-fake-upstream", "models": "gpt-4o"}
    return ChannelStore(database, vault).create(form | changes)[0]


def ids(channels: tuple[Channel, ...]) -> list[int]:
    return [channel.id for channel in channels]


def test_a_token_is_found_by_its_key(database: Database, vault: Vault) -> None:
    user = add_user(database, username="ada", role=10, group="vip")
    token_id = add_token(
        database, vault, user, "fakekey", unlimited_quota=1, models="a,b", subnet="10.0.0.0/8", expired_time=5
    )
    snapshot = build(database, vault)
    token = snapshot.token("fakekey")
    assert token is not None
    assert (token.id, token.user_id, token.unlimited, token.expired_time) == (token_id, user, True, 5)
    assert (token.models, token.subnet_text, str(token.subnets[0])) == ({"a", "b"}, "10.0.0.0/8", "10.0.0.0/8")
    assert snapshot.user(user) == User(user, "ada", 10, 1, "vip")
    assert (snapshot.token("otherkey"), snapshot.token(""), snapshot.user(999)) == (None, None, None)


def test_a_token_whose_fence_cannot_be_read_lets_nobody_through(database: Database, vault: Vault) -> None:
    add_token(database, vault, add_user(database), "fakekey", subnet="somewhere")
    token = build(database, vault).token("fakekey")
    assert token is not None
    assert token.status == TokenStatus.DISABLED


def test_candidates_are_the_enabled_ones_highest_priority_first(database: Database, vault: Vault) -> None:
    low = add_channel(database, vault, priority=-5)
    high = add_channel(database, vault, priority=5, group="default,vip", models="gpt-4o,only-vip-too")
    also_low = add_channel(database, vault, priority=-5)
    off = add_channel(database, vault, status=ChannelStatus.DISABLED)
    snapshot = build(database, vault)
    assert ids(snapshot.candidates("default", "gpt-4o")) == [high, low, also_low]
    assert ids(snapshot.candidates("vip", "gpt-4o")) == [high]
    assert (snapshot.candidates("default", "unknown"), snapshot.candidates("svip", "gpt-4o")) == ((), ())
    assert snapshot.group_models("vip") == ("gpt-4o", "only-vip-too")
    assert snapshot.group_models("svip") == ()
    found = snapshot.channel(off)
    assert found is not None
    assert found.status == ChannelStatus.DISABLED
    assert snapshot.channel(999) is None


def test_a_channel_comes_with_its_secrets_opened(database: Database, vault: Vault) -> None:
    channel_id = add_channel(
        database,
        vault,
        config={"region": "r", "sk": "fake-sk"},
        model_mapping={"gpt-4o": "other"},
        base_url="http://127.0.0.1:1",
        weight=3,
        system_prompt="be kind",
    )
    channel = build(database, vault).channel(channel_id)
    assert channel is not None
    assert (channel.key, channel.config) == ("sk-fake-upstream", {"region": "r", "sk": "fake-sk"})
    assert (channel.model_mapping, channel.models, channel.groups) == ({"gpt-4o": "other"}, ("gpt-4o",), ("default",))
    assert (channel.base_url, channel.weight, channel.system_prompt) == ("http://127.0.0.1:1", 3, "be kind")


def test_a_channel_whose_key_cannot_be_opened_is_left_aside(database: Database, vault: Vault) -> None:
    broken, whole = add_channel(database, vault), add_channel(database, vault)
    database.run(models.Channels.update(key_encrypted="v1:AAAA").where(models.Channels.id == broken))
    snapshot = build(database, vault)
    assert ids(snapshot.candidates("default", "gpt-4o")) == [whole]
    found = snapshot.channel(broken)
    assert found is not None
    assert (found.status, found.key) == (ChannelStatus.DISABLED, "")


def test_prices_follow_the_options(database: Database, vault: Vault) -> None:
    OptionStore(database, vault).set_all({"ModelRatio": '{"mine": 7}', "GroupRatio": '{"vip": 0.5}'})
    snapshot = build(database, vault)
    price = snapshot.price(1, "mine", "vip")
    assert (price.model_ratio, price.group_ratio, snapshot.options.group_ratio) == (7, 0.5, {"vip": 0.5})


def test_asking_a_snapshot_asks_no_database(database: Database, vault: Vault) -> None:
    user = add_user(database)
    add_token(database, vault, user, "fakekey")
    channel_id = add_channel(database, vault)
    store = SnapshotStore(database, vault)
    with queries() as seen:
        snapshot = store.current
        snapshot.token("fakekey")
        snapshot.user(user)
        snapshot.channel(channel_id)
        snapshot.candidates("default", "gpt-4o")
        snapshot.group_models("default")
        snapshot.price(1, "gpt-4o", "default")
        assert snapshot.options.retry_times == 2
    assert seen == []


def test_looking_for_a_move_is_one_small_query(database: Database, vault: Vault) -> None:
    store = SnapshotStore(database, vault)
    before = store.current
    with queries() as seen:
        assert not store.refresh_if_moved()
    assert (len(seen), store.current is before) == (1, True)


def test_an_edit_in_another_process_is_seen(database: Database, vault: Vault, place: Place) -> None:
    channel_id = add_channel(database, vault)
    store = SnapshotStore(database, vault)
    before = store.current
    other = connect(place.dsn, place.data_dir)
    ChannelStore(other, vault).update(channel_id, {"status": ChannelStatus.DISABLED})
    other.close_all()
    assert store.refresh_if_moved()
    assert store.current.candidates("default", "gpt-4o") == ()
    assert ids(before.candidates("default", "gpt-4o")) == [channel_id]  # a running exchange keeps its picture
    assert store.current.revision > before.revision
    assert not store.refresh_if_moved()


def test_a_new_token_works_after_the_next_look(database: Database, vault: Vault) -> None:
    store = SnapshotStore(database, vault)
    record = TokenStore(database, vault).create(add_user(database), {"name": "new"})
    assert store.current.token(record.key) is None
    assert store.refresh_if_moved()
    assert store.current.token(record.key) is not None


def fill(database: Database, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    """Many rows at once, past peewee."""
    marks = ", ".join("?" * len(rows[0]))
    cursor = database.connection().cursor()
    with database.transaction():
        cursor.executemany(database.sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), rows)  # noqa: S608


def test_a_large_installation_is_pictured_quickly(database: Database, vault: Vault) -> None:
    user, key, names = add_user(database), vault.seal("sk-fake", KEY_PURPOSE), [f"model-{n}" for n in range(20)]
    fill(
        database,
        "tokens",
        "user_id, key_hash, key_encrypted, models, subnet",
        [(user, f"{number:064}", "sealed", "", "") for number in range(10_000)],
    )
    fill(
        database,
        "channels",
        "id, key_encrypted, models, other, model_mapping, config, config_encrypted, system_prompt",
        [(number, key, ",".join(names), "", "", "", "", "") for number in range(1, 501)],
    )
    abilities = [("default", name, number) for number in range(1, 501) for name in names]
    fill(database, "abilities", '"group", model, channel_id', abilities)
    start = time.process_time()
    snapshot = build(database, vault)
    assert time.process_time() - start < 5.0
    assert len(snapshot.candidates("default", "model-7")) == 500


@pytest.fixture(autouse=True)
def _numbered_anew(database: Database) -> Iterator[None]:
    """Rows above were given ids by hand: let PostgreSQL count on behind them."""
    yield
    if database.dialect == "postgres":
        database.execute("SELECT setval('channels_id_seq', 1000000)")


def test_the_channels_of_a_group_are_its_enabled_ones(database: Database, vault: Vault) -> None:
    plain = add_channel(database, vault, name="plain")
    both = add_channel(database, vault, name="both", group="default,vip", models="x")
    add_channel(database, vault, name="off", status=int(ChannelStatus.DISABLED))
    snapshot = build(database, vault)
    assert ids(snapshot.channels_of("default")) == [plain, both]
    assert ids(snapshot.channels_of("vip")) == [both]
    assert snapshot.channels_of("nobody") == ()
