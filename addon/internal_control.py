"""Questions about a channel: its balance, its provider's models, the form of its key. Sent like any request, unbilled.

Must not know Flask, nor how a provider is asked: that is `control`'s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, assert_never

from addon.admission import Caller
from addon.attempts import Answer, Failure, Served, Terms, Uncarried, attempts
from addon.canon.fault import Fault, FaultKind
from addon.control import keys
from addon.control.balances import BALANCES, Balance
from addon.control.listed import Listed
from addon.control.model_lists import LISTS
from addon.control.way import REQUEST, Told, Way, codec_of, found
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.plan import LOOP, LOOP_ZH, Candidate, target_of
from addon.services import Services
from rules.providers import PROVIDERS, Provider
from rules.values import Channel, ChannelStatus, Role, Token, TokenStatus, User, UserStatus

OPERATOR = User(id=0, username="", role=Role.ROOT, status=UserStatus.ENABLED, group="default")
NO_TOKEN = Token(id=0, user_id=0, name="test", status=TokenStatus.ENABLED, expired_time=-1, unlimited=True)
NOT_OFFERED = Refusal(501, "尚未实现", "this provider does not tell", code="api_not_implemented")
NO_SUCH_TYPE = Refusal(400, "无效的参数：未知的渠道类型", "this version does not know the channel's type")

Question = Mapping[str, Any]
Found = TypeVar("Found")


def operator(channel: Channel) -> Caller:
    return Caller(OPERATOR, NO_TOKEN, pinned=channel.id, billed=False)


def known(services: Services, question: Question) -> Channel | Refusal:
    """The channel, in any status."""
    channel = services.snapshots.current.channel(int(question["channel_id"]))
    return channel or Refusal(404, "无效的渠道 Id", f"there is no channel {question['channel_id']}")


def drafted(services: Services, question: Question) -> Channel | Refusal:
    """The channel as a form has it now: what is not given, and secrets left empty, are as they are stored."""
    stored = known(services, question) if question.get("channel_id") else BLANK
    if isinstance(stored, Refusal) or "type" not in question:
        return stored
    given = {name: str(value) for name, value in (question.get("config") or {}).items() if value}
    return replace(
        stored,
        type=int(question["type"]),
        key=str(question.get("key") or stored.key),
        base_url=str(question.get("base_url") or "").rstrip("/"),
        config={**stored.config, **given},
    )


BLANK = Channel(
    id=0,
    type=0,
    name="",
    key="",
    status=ChannelStatus.DISABLED,
    base_url="",
    models=(),
    groups=(),
    model_mapping={},
    priority=0,
    weight=0,
    config={},
    system_prompt="",
)


def tell_balance(services: Services, visit: Visit, question: Question) -> Refusal | None:
    """`{"success", "message", "balance", "currency"}`; the balance is text, as exact as the provider is."""
    channel = known(services, question)
    if isinstance(channel, Refusal):
        return channel
    provider = PROVIDERS.get(channel.type)
    ways = BALANCES.get(provider.balance) if provider else None
    return ask(services, visit, channel, ways, balance_told) if ways else NOT_OFFERED


def balance_told(left: Balance) -> dict[str, Any]:
    return {"balance": format(left.amount, "f"), "currency": left.currency}


def tell_models(services: Services, visit: Visit, question: Question) -> Refusal | None:
    """`{"success", "message", "models": [{"id", "about"}]}`"""
    channel = drafted(services, question)
    if isinstance(channel, Refusal):
        return channel
    return ask_models(services, visit, channel, models_told)


def ask_models(
    services: Services, visit: Visit, channel: Channel, tell: Callable[[tuple[Listed, ...]], dict[str, Any]]
) -> Refusal | None:
    provider = PROVIDERS.get(channel.type)
    ways = LISTS.get(provider.model_list) if provider else None
    return ask(services, visit, channel, ways, tell) if ways else NOT_OFFERED


def models_told(models: tuple[Listed, ...]) -> dict[str, Any]:
    return {"models": [{"id": model.id, "about": model.about} for model in models]}


def tell_key(services: Services, visit: Visit, question: Question) -> Refusal | bytes:
    """`{"success", "message"}` at once: whether the key has the form that its provider's keys have."""
    channel = known(services, question)
    if isinstance(channel, Refusal):
        return channel
    provider = PROVIDERS.get(channel.type)
    dialect = services.means.dialects.get(provider.dialect) if provider else None
    if provider is None or dialect is None:
        return NO_SUCH_TYPE
    target = target_of(channel, provider, model_of(channel, provider), services.means, int(time.time()))
    message = keys.problem(provider, dialect, target)
    return json.dumps({"success": not message, "message": message}).encode()


def model_of(channel: Channel, provider: Provider) -> str:
    """Some model: a target has one, although none of these questions is about it."""
    return next(iter((*channel.models, *provider.models)), "model")


def ask(
    services: Services,
    visit: Visit,
    channel: Channel,
    ways: tuple[Way[Found], ...],
    tell: Callable[[Found], dict[str, Any]],
) -> Refusal | None:
    """Makes `visit.exchange` ready: the ways are tried in turn, like channels of equal rank."""
    provider = PROVIDERS[channel.type]
    dialect = services.means.dialects.get(provider.dialect)
    if dialect is None:
        return NO_SUCH_TYPE
    snapshot, now = services.snapshots.current, int(time.time())
    if snapshot.leads_back(channel.id):
        return Refusal(503, LOOP_ZH, LOOP, code="channel_loop")
    target = target_of(channel, provider, model_of(channel, provider), services.means, now)
    price = snapshot.price(channel.type, target.model, OPERATOR.group)
    candidates = tuple(Candidate(channel, provider, dialect, codec_of(way), target, price) for way in ways)
    terms = Terms(len(ways) - 1, visit.id, now, 0, services.minted)
    exchange = Exchange(
        id=visit.id,
        caller=operator(channel),
        request=REQUEST,
        steps=attempts(REQUEST, candidates, terms),
        prompt_estimate=0,
        created_at=now,
        began=visit.began,
        wrap=lambda answer: report(answer, dict(zip(map(id, candidates), ways, strict=True)), tell),
    )
    exchange.start()
    visit.exchange = exchange
    return None


def report(answer: Answer, ways: Mapping[int, Way[Found]], tell: Callable[[Found], dict[str, Any]]) -> bytes:
    """What became of the question; `kind` names the class of a failure, for advice in the reader's language."""
    match answer:
        case Served(send=send, translated=translated):
            try:
                told = found(ways[id(send.candidate)], send.candidate.target, translated.body)
            except Told as reason:
                return failed(str(reason), FaultKind.BAD_REQUEST)
            return json.dumps({"success": True, "message": "", **tell(told)}).encode()
        case Failure(fault=fault):
            return failed(words(fault), fault.kind)
        case Uncarried(reason=reason):
            return failed(reason.message, FaultKind.BAD_REQUEST)
    assert_never(answer)


def words(fault: Fault) -> str:
    """The provider's own; a missing page says nothing of models here, whatever the dialect takes it for."""
    return f"404: {fault.message}" if fault.kind is FaultKind.NOT_FOUND else fault.message


def failed(message: str, kind: FaultKind) -> bytes:
    return json.dumps({"success": False, "message": message, "kind": kind.value}).encode()
