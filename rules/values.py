"""The values that leave this package: frozen, hashable where it matters, free of peewee.

Quota is an integer credit (500,000 = $1 by default). Times are Unix seconds.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Generic, TypeVar

Json = Any
Item = TypeVar("Item")


class UserStatus(enum.IntEnum):
    ENABLED = 1
    DISABLED = 2
    DELETED = 3


class Role(enum.IntEnum):
    GUEST = 0
    COMMON = 1
    ADMIN = 10
    ROOT = 100


class TokenStatus(enum.IntEnum):
    ENABLED = 1
    DISABLED = 2
    EXPIRED = 3
    EXHAUSTED = 4


class ChannelStatus(enum.IntEnum):
    UNKNOWN = 0
    ENABLED = 1
    DISABLED = 2
    AUTO_DISABLED = 3


class LogType(enum.IntEnum):
    UNKNOWN = 0
    TOPUP = 1
    CONSUME = 2
    MANAGE = 3
    SYSTEM = 4
    TEST = 5


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    role: int
    status: int
    group: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token as admission needs it; how much is left is the ledger's business. `models` empty: all."""

    id: int
    user_id: int
    name: str
    status: int
    expired_time: int
    unlimited: bool
    models: frozenset[str] = frozenset()
    subnets: tuple[IPv4Network | IPv6Network, ...] = ()
    subnet_text: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the planner needs it. `key` is in clear here and nowhere else; never log this value."""

    id: int
    type: int
    name: str
    key: str = field(repr=False)
    status: int
    base_url: str
    models: tuple[str, ...]
    groups: tuple[str, ...]
    model_mapping: Mapping[str, str]
    priority: int
    weight: int
    config: Mapping[str, str] = field(repr=False)
    system_prompt: str


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one model for one group, as One API's ratios (1 = $0.002 per 1,000 tokens at 500,000 quota per $).

    `known` is False when the model is in no table and the fall-back ratio was taken.
    Ratios of special token classes multiply `model_ratio`; None: same price as the plain class.
    """

    model: str
    model_ratio: float
    completion_ratio: float
    group: str
    group_ratio: float
    known: bool = True
    cached_ratio: float | None = None
    cache_write_ratio: float | None = None
    audio_prompt_ratio: float | None = None
    audio_completion_ratio: float | None = None
    reasoning_ratio: float | None = None
    image_prompt_ratio: float | None = None
    image_completion_ratio: float | None = None
    unit: str = ""
    """How the model is paid beside chat: token, image, character, second, search; "": as its endpoint is."""
    unit_ratio: float | None = None
    """The ratio of a unit, where it is another one than that of a token."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Quota set aside for one exchange. `id` is the exchange id."""

    id: str
    user_id: int
    token_id: int
    quota: int
    token_limited: bool


@dataclass(frozen=True, slots=True)
class Shortfall:
    """There was not enough: `where` is "token" or "user"; `have` is what was left."""

    where: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the consumption log. `elapsed_ms` and `first_byte_ms` are milliseconds, -1: no byte came.

    `stream_end` is done, truncated, client_gone, error or "" (not a stream). `detail` is JSON: attempts, computation.
    """

    user_id: int
    created_at: int
    type: int
    content: str = ""
    username: str = ""
    token_name: str = ""
    model_name: str = ""
    quota: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    channel: int = 0
    request_id: str = ""
    elapsed_ms: int = 0
    first_byte_ms: int = -1
    is_stream: bool = False
    stream_end: str = ""
    status: int = 200
    system_prompt_reset: bool = False
    estimated: bool = False
    uncollected: int = 0
    detail: Mapping[str, Json] = field(default_factory=dict)


# What the lists and forms of the management API and the pages show. None of these carries a provider key.


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list, newest first unless said otherwise. `total` is a lower bound where `more_than_total`."""

    items: tuple[Item, ...]
    total: int
    more_than_total: bool = False


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user without password and access token. Sessions carry `auth_version` and die when it moves."""

    id: int
    username: str
    display_name: str
    role: int
    status: int
    email: str
    group: str
    quota: int
    used_quota: int
    request_count: int
    aff_code: str
    inviter_id: int
    created_time: int
    auth_version: int
    must_change_password: bool
    has_access_token: bool
    github_id: str = ""
    wechat_id: str = ""
    lark_id: str = ""
    oidc_id: str = ""


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token as its owner sees it; `key` is in clear (without `sk-`) and for the owner only. Never log this value."""

    id: int
    user_id: int
    key: str = field(repr=False)
    status: int
    name: str
    created_time: int
    accessed_time: int
    expired_time: int
    remain_quota: int
    unlimited_quota: bool
    used_quota: int
    models: str
    subnet: str


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel without its secrets. `models` and `group` are comma lists, `model_mapping` is JSON text, as in One API.

    `config` has the public entries; `secret_config` names the secret ones that are set (region keys, service accounts).
    `response_time` is milliseconds; `balance` is in `balance_currency`: USD, CNY, or what else a provider counts
    (points, characters).
    """

    id: int
    type: int
    status: int
    name: str
    weight: int
    created_time: int
    test_time: int
    response_time: int
    base_url: str
    other: str
    balance: float
    balance_updated_time: int
    balance_currency: str
    models: str
    group: str
    used_quota: int
    model_mapping: str
    priority: int
    config: Mapping[str, str]
    secret_config: tuple[str, ...]
    system_prompt: str


@dataclass(frozen=True, slots=True)
class LogRecord(LogRow):
    """A log row as it stands in the database."""

    id: int = 0


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What one user (or all) used of one model on one day; `day` is YYYY-MM-DD."""

    day: str
    model_name: str
    request_count: int
    quota: int
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Settled:
    """How a hold ended. `changed` is False when it had been settled or released before: then nothing was done."""

    collected: int
    uncollected: int
    changed: bool = True
