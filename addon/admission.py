"""Who is calling, and may they? Pure: the snapshot, the credentials, the peer and the time come in, a value goes out.

The order and the texts are One API's (one-api.md, A4.5). What is left of a quota is the ledger's question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from addon.canon.realtime import credential_in
from addon.errors import Refusal
from rules.snapshot import Snapshot
from rules.values import Role, Token, TokenStatus, User, UserStatus


@dataclass(frozen=True, slots=True)
class Caller:
    """`pinned` is the channel that the key names (`sk-KEY-CHANNELID`); `billed` is False for the admin's tests."""

    user: User
    token: Token
    pinned: int | None = None
    billed: bool = True


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client showed. `key` is without `sk-`; `channel` is the text after the dash."""

    key: str
    channel: str = ""


def credential_of(text: str) -> Credential:
    """`Bearer sk-KEY-CHANNELID` -> Credential; every part but the key may be missing."""
    scheme, _, rest = text.strip().partition(" ")
    value = rest.strip() if scheme.lower() == "bearer" else text.strip()
    key, _, channel = value.removeprefix("sk-").partition("-")
    return Credential(key, channel.partition("-")[0])


def find_credential(headers: Mapping[str, str], query: Mapping[str, str]) -> Credential:
    """Where a client can put our token, in this order: Authorization, x-api-key, api-key, a sub-protocol (browsers),
    ?key= or ?api-key=."""
    named = credential_in(headers.get("sec-websocket-protocol", ""))
    shown = *map(headers.get, ("authorization", "x-api-key", "api-key")), named, *map(query.get, ("key", "api-key"))
    for text in shown:
        if text and (found := credential_of(text)).key:
            return found
    return Credential("")


def authenticate(snapshot: Snapshot, credential: Credential, peer: str, now: float) -> Caller | Refusal:
    """Checks everything that does not depend on the model. `peer` is the client's address, `now` in Unix seconds."""
    if not credential.key:
        return Refusal(
            401, "未提供令牌", "no token was given: send our sk-… key as the API key", code="invalid_api_key"
        )
    token = snapshot.token(credential.key)
    if token is None:
        return Refusal(401, "无效的令牌", "invalid token", code="invalid_api_key")
    if refusal := status_refusal(token, now) or subnet_refusal(token, peer):
        return refusal
    user = snapshot.user(token.user_id)
    if user is None or user.status != UserStatus.ENABLED:
        return Refusal(403, "用户已被封禁", "the user is banned")
    return pin(Caller(user, token), credential.channel)


def status_refusal(token: Token, now: float) -> Refusal | None:
    if token.status == TokenStatus.EXHAUSTED:
        return Refusal(
            401, f"令牌 {token.name}（#{token.id}）额度已用尽", f"token {token.name} (#{token.id}) has no quota left"
        )
    if token.status == TokenStatus.EXPIRED:
        return Refusal(401, "该令牌已过期", "this token has expired")
    if token.status != TokenStatus.ENABLED:
        return Refusal(401, "该令牌状态不可用", "this token is disabled")
    if token.expired_time != -1 and token.expired_time < now:
        return Refusal(401, "该令牌已过期", "this token has expired")
    return None


def subnet_refusal(token: Token, peer: str) -> Refusal | None:
    if not token.subnets:
        return None
    address = peer_address(peer)
    if any(address in net for net in token.subnets if net.version == address.version):
        return None
    return Refusal(
        403,
        f"该令牌只能在指定网段使用：{token.subnet_text}，当前 ip：{peer}",
        f"this token may be used from {token.subnet_text} only; the current address is {peer}",
    )


def peer_address(peer: str) -> IPv4Address | IPv6Address:
    """The address without zone, IPv4 out of its IPv6 mapping."""
    address = ip_address(peer.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def pin(caller: Caller, channel: str) -> Caller | Refusal:
    """The channel suffix of a key, which only admins may use."""
    if not channel:
        return caller
    if caller.user.role < Role.ADMIN:
        return Refusal(403, "普通用户不支持指定渠道", "only admins may choose a channel in the key")
    if not channel.isascii() or not channel.isdigit():
        return Refusal(400, "无效的渠道 Id", "the channel id in the key is not a number")
    return Caller(caller.user, caller.token, int(channel))


def permit(caller: Caller, model: str) -> Refusal | None:
    """May this caller use this model?"""
    models = caller.token.models
    if models and model not in models:
        return Refusal(403, f"该令牌无权使用模型：{model}", f"this token may not use the model {model}")
    return None


def usable_models(snapshot: Snapshot, caller: Caller) -> tuple[str, ...]:
    """The models of `/v1/models`: the token's own list, else what the owner's group can reach."""
    return tuple(sorted(caller.token.models)) or snapshot.group_models(caller.user.group)
