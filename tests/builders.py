"""Builders of the values that the relay's decisions are tested on. Each takes only what a test cares about."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from addon.admission import Caller
from addon.canon.request import ChatRequest, Endpoint
from addon.face.decode import decode
from rules.options import Options
from rules.snapshot import Snapshot
from rules.values import Channel, ChannelStatus, Role, Token, TokenStatus, User, UserStatus

KEY = "fakekey00000000000000000000000000000000000000000"


def user(**fields: Any) -> User:
    return User(
        **({"id": 1, "username": "ada", "role": Role.COMMON, "status": UserStatus.ENABLED, "group": "default"} | fields)
    )


def token(subnet: str = "", **fields: Any) -> Token:
    known: dict[str, Any] = {
        "id": 7,
        "user_id": 1,
        "name": "laptop",
        "status": TokenStatus.ENABLED,
        "expired_time": -1,
        "unlimited": False,
        "subnets": tuple(ip_network(part) for part in subnet.split(",") if part),
        "subnet_text": subnet,
    }
    return Token(**(known | fields))


def channel(**fields: Any) -> Channel:
    known: dict[str, Any] = {
        "id": 1,
        "type": 1,
        "name": "one",
        "key": "sk-fake-upstream",
        "status": ChannelStatus.ENABLED,
        "base_url": "http://127.0.0.1:9",
        "models": ("gpt-4o",),
        "groups": ("default",),
        "model_mapping": {},
        "priority": 0,
        "weight": 0,
        "config": {},
        "system_prompt": "",
    }
    return Channel(**(known | fields))


def snapshot(
    users: Iterable[User] = (),
    tokens: Iterable[tuple[str, Token]] = (),
    channels: Iterable[Channel] = (),
    **options: Any,
) -> Snapshot:
    """A picture as the store would build it; keys are their own hashes."""
    able: dict[tuple[str, str], list[Channel]] = defaultdict(list)
    channels = list(channels)
    for one in channels:
        for group in one.groups:
            for model in one.models:
                if one.status == ChannelStatus.ENABLED:
                    able[group, model].append(one)
    return Snapshot(
        revision=1,
        options=Options(**options),
        users={one.id: one for one in users},
        by_hash=dict(tokens),
        channels={one.id: one for one in channels},
        candidates={pair: tuple(several) for pair, several in able.items()},
        key_hash=lambda key: key,
    )


def caller(**fields: Any) -> Caller:
    return Caller(**({"user": user(), "token": token()} | fields))


def chat(**fields: Any) -> ChatRequest:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], **fields}
    request = decode(Endpoint.CHAT, "application/json", json.dumps(body).encode())
    assert isinstance(request, ChatRequest)
    return request
