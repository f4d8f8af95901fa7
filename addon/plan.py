"""Which channels may serve a request, in which order. Pure: randomness comes in as an argument.

Tiers by priority, highest first; within a tier a weighted draw without replacement (a weight of 0 counts as 1).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from addon.admission import Caller
from addon.canon.codec import Codec, Dialect
from addon.canon.outbound import Quirks, Target
from addon.canon.request import Endpoint
from addon.errors import Refusal
from rules.providers import PROVIDERS, Provider
from rules.snapshot import Snapshot
from rules.values import Channel, ChannelStatus, Price

LOOP = "the channel's key is a token of this gateway: the request would come back here"
LOOP_ZH = "渠道的密钥是本网关的令牌：请求会回到这里"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One channel that can serve the request, with all an attempt needs."""

    channel: Channel
    provider: Provider
    dialect: Dialect
    codec: Codec
    target: Target
    price: Price


@dataclass(frozen=True, slots=True)
class Means:
    """What the planner works with: the dialects that exist, and the settings a dialect may ask for."""

    dialects: Mapping[str, Dialect]
    settings: Mapping[str, str]


def plan(
    snapshot: Snapshot, caller: Caller, endpoint: Endpoint, model: str, means: Means, rng: random.Random, now: int
) -> tuple[Candidate, ...] | Refusal:
    """The candidates in the order in which they are tried, or why there is none. `now` (Unix seconds) signs."""
    channels = pinned(snapshot, caller) if caller.pinned is not None else snapshot.candidates(caller.user.group, model)
    if isinstance(channels, Refusal):
        return channels
    if not channels:
        return no_channel(caller.user.group, model)
    channels = tuple(channel for channel in channels if not snapshot.leads_back(channel.id))
    if not channels:
        return Refusal(503, LOOP_ZH, LOOP, code="channel_loop")
    found = [candidate(snapshot, caller, channel, endpoint, model, means, now) for channel in in_order(channels, rng)]
    able = tuple(one for one in found if one is not None)
    return able or unable(channels, endpoint, means)


def pinned(snapshot: Snapshot, caller: Caller) -> tuple[Channel, ...] | Refusal:
    """The channel that the key names, whatever its group or models; the admin's tests reach it in any state."""
    assert caller.pinned is not None
    channel = snapshot.channel(caller.pinned)
    if channel is None:
        return Refusal(400, "无效的渠道 Id", f"there is no channel {caller.pinned}")
    if caller.billed and channel.status != ChannelStatus.ENABLED:
        return Refusal(403, "该渠道已被禁用", "this channel is disabled")
    return (channel,)


def no_channel(group: str, model: str) -> Refusal:
    return Refusal(
        503,
        f"当前分组 {group} 下对于模型 {model} 无可用渠道",
        f"no channel of group {group} offers the model {model}",
        code="model_not_found",
    )


def in_order(channels: Iterable[Channel], rng: random.Random) -> list[Channel]:
    """All channels, tier by tier, each tier in a weighted random order."""
    ranked = sorted(channels, key=lambda channel: -channel.priority)
    return [
        channel
        for _, tier in groupby(ranked, key=lambda channel: channel.priority)
        for channel in weighted(list(tier), rng)
    ]


def weighted(tier: list[Channel], rng: random.Random) -> list[Channel]:
    """A draw without replacement: sort by u^(1/w), u uniform (Efraimidis and Spirakis, 2006)."""
    return sorted(tier, key=lambda channel: rng.random() ** (1.0 / max(channel.weight, 1)), reverse=True)


def candidate(
    snapshot: Snapshot, caller: Caller, channel: Channel, endpoint: Endpoint, model: str, means: Means, now: int
) -> Candidate | None:
    """The channel made ready for this request; None if its dialect is missing or has no such endpoint."""
    provider = PROVIDERS.get(channel.type)
    dialect = means.dialects.get(provider.dialect) if provider else None
    codec = dialect.codecs.get(endpoint) if dialect else None
    if provider is None or dialect is None or codec is None or endpoint.value not in provider.endpoints:
        return None
    target = target_of(channel, provider, model, means, now)
    return Candidate(
        channel, provider, dialect, codec, target, snapshot.price(channel.type, target.model, caller.user.group)
    )


def target_of(channel: Channel, provider: Provider, model: str, means: Means, now: int) -> Target:
    """Where a request for this model goes: the channel's settings, else its provider's."""
    return Target(
        base_url=(channel.base_url or provider.base_url).rstrip("/"),
        key=channel.key,
        model=channel.model_mapping.get(model, model),
        quirks=Quirks(**provider.quirks),
        config=channel.config,
        system_prompt=channel.system_prompt,
        mapped=model in channel.model_mapping,
        settings=means.settings,
        now=now,
    )


def unable(channels: Iterable[Channel], endpoint: Endpoint, means: Means) -> Refusal:
    """There are channels, but none of them can do what is asked."""
    names = sorted({provider.title_en for channel in channels if (provider := PROVIDERS.get(channel.type))})
    who = ", ".join(names) or "the channel"
    return Refusal(
        501,
        f"{who} does not offer /v1/{endpoint.value} here; use a channel of another type for this model",
        type="one_api_error",
        code="api_not_implemented",
    )
