"""What the admin asks of the relay, over HTTP with a one-time ticket: `/internal/*` on the relay's own port.

Must not know pages. The relay's answer is not trusted to be well-formed: it may be another version of ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from admin.stores import Stores
from rules.values import ChannelRecord, LogRow, LogType

TIMEOUT = 60.0
TICKET_SECONDS = 90
LONGEST_MESSAGE = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a channel test went. `message` is the reply, or what went wrong; `model` the name that was asked for."""

    success: bool
    message: str
    seconds: float
    model: str


def test_channel(stores: Stores, channel: ChannelRecord, model: str = "") -> Outcome:
    """One real, unbilled request through this channel, whatever its state. Keeps the time and writes a test log row."""
    outcome = _ask(stores, channel.id, model or model_to_test(channel))
    now = int(time.time())
    took = max(1, round(outcome.seconds * 1000)) if outcome.success else 0
    stores.channels.note_test(channel.id, now, took)
    stores.logs.add(_log_row(channel, outcome, now, took))
    return outcome


def model_to_test(channel: ChannelRecord) -> str:
    """One API's choice (A12.1), with whole names instead of its substring match."""
    names = [name.strip() for name in channel.models.split(",") if name.strip()]
    return "gpt-3.5-turbo" if "gpt-3.5-turbo" in names else next(iter(names), "")


def _ask(stores: Stores, channel_id: int, model: str) -> Outcome:
    question = {"channel_id": channel_id, "model": model}
    ticket = stores.tickets.issue("test", question, TICKET_SECONDS)
    began = time.monotonic()
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            reply = client.post(
                f"{stores.relay_url()}/internal/test", json=question, headers={"X-Oneapi-Ticket": ticket}
            )
        return _outcome(reply, model, time.monotonic() - began)
    except httpx.HTTPError as error:
        return Outcome(False, f"{type(error).__name__}: {error}", time.monotonic() - began, model)


def _outcome(reply: httpx.Response, model: str, seconds: float) -> Outcome:
    try:
        said = reply.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("success"), bool):
        return Outcome(False, _error_text(reply, said), seconds, model)
    took = said.get("time")
    return Outcome(
        success=said["success"],
        message=str(said.get("message") or "")[:LONGEST_MESSAGE],
        seconds=float(took) if isinstance(took, int | float) else seconds,
        model=str(said.get("modelName") or model),
    )


def _error_text(reply: httpx.Response, said: object) -> str:
    """The message of an OpenAI-shaped error, else the status and the beginning of what came."""
    error = said.get("error") if isinstance(said, dict) else None
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
