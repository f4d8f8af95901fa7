"""What the admin asks of the relay, over HTTP with a one-time ticket: `/internal/*` on the relay's own port.

Must not know pages. The relay's answer is not trusted to be well-formed: it may be another version of ours.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from admin.stores import Stores
from rules.values import ChannelRecord, LogRow, LogType

TIMEOUT = 60.0
LIST_TIMEOUT = 30.0
QUICK_TIMEOUT = 5.0
"""Seconds. The relay drops what it asked when its client leaves."""
TICKET_SECONDS = 90
LONGEST_MESSAGE = 4000
LONGEST_CURRENCY = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a channel test went. `message` is the reply, or what went wrong; `model` the name that was asked for."""

    success: bool
    message: str
    seconds: float
    model: str


@dataclass(frozen=True, slots=True)
class BalanceOutcome:
    """What is left, or why that is not known; `kind` is the class of the failure, "" if it has none."""

    success: bool
    message: str
    kind: str = ""
    amount: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a provider's list. `about` is what people call it, where the name tells nothing."""

    id: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ModelsOutcome:
    """The provider's models, or why they are not known."""

    success: bool
    message: str
    kind: str = ""
    models: tuple[Model, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The relay's answer. `document` is None if there is none that can be used; `message` says why."""

    document: Mapping[str, Any] | None
    message: str
    seconds: float

    @property
    def success(self) -> bool:
        return self.document is not None and self.document["success"]

    def text(self, name: str) -> str:
        return str((self.document or {}).get(name) or "")


def test_channel(stores: Stores, channel: ChannelRecord, model: str = "") -> Outcome:
    """One real, unbilled request through this channel, whatever its state. Keeps the time and writes a test log row.

    The relay chooses the model where none is named.
    """
    said = _ask(stores, "test", {"channel_id": channel.id, "model": model})
    took = said.document.get("time") if said.document else None
    outcome = Outcome(
        said.success,
        said.message,
        float(took) if isinstance(took, int | float) else said.seconds,
        said.text("modelName") or model,
    )
    now = int(time.time())
    took_ms = max(1, round(outcome.seconds * 1000)) if outcome.success else 0
    stores.channels.note_test(channel.id, now, took_ms)
    stores.logs.add(_log_row(channel, outcome, now, took_ms))
    return outcome


def read_balance(stores: Stores, channel: ChannelRecord) -> BalanceOutcome:
    """What is left at the channel's provider; kept with its time."""
    said = _ask(stores, "balance", {"channel_id": channel.id}, timeout=LIST_TIMEOUT)
    if not said.success:
        return BalanceOutcome(False, said.message, said.text("kind"))
    try:
        amount = Decimal(said.text("balance"))
    except InvalidOperation:
        return BalanceOutcome(False, said.message or "no balance in the answer")
    currency = said.text("currency")[:LONGEST_CURRENCY] or "USD"
    stores.channels.note_balance(channel.id, int(time.time()), float(amount), currency)
    return BalanceOutcome(True, "", amount=amount, currency=currency)


def list_models(stores: Stores, draft: Mapping[str, Any]) -> ModelsOutcome:
    """The models of the provider of a channel as a form has it: `type`, `key`, `base_url`, `config`, and `channel_id`
    of the stored channel whose key and secrets hold where the form has none."""
    said = _ask(stores, "models", draft, in_body=True, timeout=LIST_TIMEOUT)
    rows = said.document.get("models") if said.document else None
    if not said.success or not isinstance(rows, list):
        return ModelsOutcome(False, said.message, said.text("kind"))
    found = [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return ModelsOutcome(True, "", models=tuple(Model(row["id"], str(row.get("about") or "")) for row in found))


def key_problem(stores: Stores, channel_id: int) -> str:
    """What is wrong with the form of a channel's key, "" if nothing strikes or nobody can say."""
    said = _ask(stores, "key", {"channel_id": channel_id}, timeout=QUICK_TIMEOUT)
    return said.message if said.document is not None and not said.success else ""


def _ask(
    stores: Stores, purpose: str, question: Mapping[str, Any], in_body: bool = False, timeout: float = TIMEOUT
) -> Said:
    """`in_body`: the question may hold a key, so the ticket, which lies in the database, names its digest only."""
    body = json.dumps(dict(question)).encode()
    payload = {"digest": hashlib.sha256(body).hexdigest()} if in_body else question
    headers = {"X-Oneapi-Ticket": stores.tickets.issue(purpose, payload, TICKET_SECONDS)}
    began = time.monotonic()
    try:
        with httpx.Client(timeout=timeout, trust_env=False) as client:
            reply = client.post(f"{stores.relay_url()}/internal/{purpose}", content=body, headers=headers)
    except httpx.HTTPError as error:
        return Said(None, f"{type(error).__name__}: {error}", time.monotonic() - began)
    return _said(reply, time.monotonic() - began)


def _said(reply: httpx.Response, seconds: float) -> Said:
    try:
        document = reply.json()
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("success"), bool):
        return Said(None, _error_text(reply, document), seconds)
    return Said(document, str(document.get("message") or "")[:LONGEST_MESSAGE], seconds)


def _error_text(reply: httpx.Response, document: object) -> str:
    """The message of an OpenAI-shaped error, else the status and the beginning of what came."""
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict) and error.get("message"):
        return str(error["message"])[:LONGEST_MESSAGE]
    return f"HTTP {reply.status_code}: {reply.text[:300]}"


def _log_row(channel: ChannelRecord, outcome: Outcome, now: int, took: int) -> LogRow:
    words = "测试成功，响应" if outcome.success else "测试失败，错误"
    return LogRow(
        user_id=0,
        created_at=now,
        type=LogType.TEST,
        content=f"渠道 {channel.name} {words}：{outcome.message}",
        model_name=outcome.model,
        channel=channel.id,
        elapsed_ms=took or round(outcome.seconds * 1000),
        status=200 if outcome.success else 0,
    )
