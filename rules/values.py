"""The values that leave this package: frozen, hashable where it matters, free of peewee.

Quota is an integer credit (500,000 = $1 by default). Times are Unix seconds.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any

Json = Any


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
    config: Mapping[str, str]
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
