"""The picture of the rules that the relay works with: immutable, in memory, swapped when the revision moves.

Asking a snapshot never asks the database. Must not know HTTP, nor how much quota is left: that is the ledger's.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType
from typing import Any

from rules import channels, fields, pricing
from rules.database import Database
from rules.errors import VaultError
from rules.models import Abilities, Channels, Tokens, Users
from rules.options import Options, OptionStore
from rules.tokens import subnets_of
from rules.values import Channel, ChannelStatus, Price, Token, TokenStatus, User
from rules.vault import Vault

Candidates = Mapping[tuple[str, str], tuple[Channel, ...]]


class Snapshot:
    """The rules at one revision."""

    __slots__ = (
        "_by_hash",
        "_candidates",
        "_channels",
        "_group_models",
        "_hash",
        "_leading_back",
        "_tables",
        "_users",
        "options",
        "revision",
    )

    def __init__(
        self,
        revision: int,
        options: Options,
        users: Mapping[int, User],
        by_hash: Mapping[str, Token],
        channels: Mapping[int, Channel],
        candidates: Candidates,
        key_hash: Callable[[str], str],
    ) -> None:
        self.revision = revision
        self.options = options
        self._tables = options.tables()
        self._users = users
        self._by_hash = by_hash
        self._channels = channels
        self._candidates = candidates
        self._group_models = _group_models(candidates)
        self._hash = key_hash
        self._leading_back = frozenset(
            channel.id for channel in channels.values() if self.token(_own_form(channel.key)) is not None
        )

    def token(self, key: str) -> Token | None:
        """The token with this key (without `sk-`). Keyed hashes are compared: timing tells nothing of keys."""
        return self._by_hash.get(self._hash(key))

    def user(self, user_id: int) -> User | None:
        return self._users.get(user_id)

    def channel(self, channel_id: int) -> Channel | None:
        """A channel in any status."""
        return self._channels.get(channel_id)

    def leads_back(self, channel_id: int) -> bool:
        """Is the channel's key a token of ours? Then its address is this gateway, whatever ports are mapped between."""
        return channel_id in self._leading_back

    def channels_of(self, group: str) -> tuple[Channel, ...]:
        """The enabled channels of a group, whatever their models."""
        enabled = (one for one in self._channels.values() if one.status == ChannelStatus.ENABLED)
        return tuple(one for one in enabled if group in one.groups)

    def candidates(self, group: str, model: str) -> tuple[Channel, ...]:
        """The enabled channels with this ability, highest priority first, then by id."""
        return self._candidates.get((group, model), ())

    def group_models(self, group: str) -> tuple[str, ...]:
        """What a group can reach, sorted."""
        return self._group_models.get(group, ())

    def price(self, channel_type: int, model: str, group: str) -> Price:
        return pricing.price_of(self._tables, channel_type, model, group)


class SnapshotStore:
    """Keeps `current` current. Any thread may read it; `refresh_if_moved` is called from one that may block."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._guard = threading.Lock()
        self.current = build(database, vault)

    def refresh_if_moved(self) -> bool:
        """Take a new picture if the revision has moved since; one small query if not."""
        with self._guard:
            if self._database.revision() == self.current.revision:
                return False
            self.current = build(self._database, self._vault)
            return True


def build(database: Database, vault: Vault) -> Snapshot:
    """The rules as they are now, read as one picture."""

    def work() -> Snapshot:
        revision = database.revision()  # first: if a write slips in behind it, the next look takes another picture
        found = {row["id"]: _channel(row, vault) for row in database.rows(Channels.select())}
        return Snapshot(
            revision=revision,
            options=OptionStore(database, vault).current(),
            users=_users(database),
            by_hash=_tokens(database),
            channels=MappingProxyType(found),
            candidates=_candidates(database, found),
            key_hash=vault.hash,
        )

    return database.transact(work, reading=True)


def _users(database: Database) -> Mapping[int, User]:
    query = Users.select(Users.id, Users.username, Users.role, Users.status, Users.group)
    return MappingProxyType({row[0]: User(*row) for row in database.tuples(query)})


def _tokens(database: Database) -> Mapping[str, Token]:
    columns = (
        Tokens.key_hash,
        Tokens.id,
        Tokens.user_id,
        Tokens.name,
        Tokens.status,
        Tokens.expired_time,
        Tokens.unlimited_quota,
        Tokens.models,
        Tokens.subnet,
    )
    return MappingProxyType({row[0]: _token(*row[1:]) for row in database.tuples(Tokens.select(*columns))})


def _token(
    token_id: int, user_id: int, name: str, status: int, expired_time: int, unlimited: int, models: str, subnet: str
) -> Token:
    try:
        networks = _networks(subnet)
    except ValueError:  # written by another program: a fence that cannot be read lets nobody through
        networks, status = (), TokenStatus.DISABLED
    return Token(
        token_id, user_id, name, int(status), expired_time, bool(unlimited), _model_set(models), networks, subnet
    )


@lru_cache(maxsize=4096)
def _model_set(models: str) -> frozenset[str]:
    return frozenset(fields.split_list(models))


@lru_cache(maxsize=4096)
def _networks(subnet: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return subnets_of(subnet)


def _channel(row: Mapping[str, Any], vault: Vault) -> Channel:
    """A channel with its key in clear. One whose secrets cannot be read counts as disabled: the others must go on."""
    status = row["status"]
    try:
        key = vault.open(row["key_encrypted"], channels.KEY_PURPOSE)
        secret = vault.open(row["config_encrypted"], channels.CONFIG_PURPOSE) if row["config_encrypted"] else ""
    except VaultError:
        key, secret, status = "", "", ChannelStatus.DISABLED
    return Channel(
        id=row["id"],
        type=row["type"],
        name=row["name"],
        key=key,
        status=int(status),
        base_url=row["base_url"],
        models=fields.split_list(row["models"]),
        groups=fields.split_list(row["group"]),
        model_mapping=MappingProxyType(fields.read_map(row["model_mapping"])),
        priority=row["priority"],
        weight=row["weight"],
        config=MappingProxyType(fields.read_map(row["config"]) | fields.read_map(secret)),
        system_prompt=row["system_prompt"],
    )


def _candidates(database: Database, found: Mapping[int, Channel]) -> Candidates:
    columns = (Abilities.group, Abilities.model, Abilities.channel_id)
    lists: dict[tuple[str, str], list[Channel]] = defaultdict(list)
    for group, model, channel_id in database.tuples(Abilities.select(*columns).where(Abilities.enabled == 1)):
        channel = found.get(channel_id)
        if channel is not None and channel.status == ChannelStatus.ENABLED:
            lists[group, model].append(channel)
    ordered = {pair: tuple(sorted(several, key=lambda one: (-one.priority, one.id))) for pair, several in lists.items()}
    return MappingProxyType(ordered)


def _own_form(key: str) -> str:
    """`sk-KEY-CHANNELID`, as a client may send it -> KEY"""
    return key.removeprefix("sk-").partition("-")[0]


def _group_models(candidates: Candidates) -> Mapping[str, tuple[str, ...]]:
    models: dict[str, list[str]] = defaultdict(list)
    for group, model in candidates:
        models[group].append(model)
    return MappingProxyType({group: tuple(sorted(names)) for group, names in models.items()})
