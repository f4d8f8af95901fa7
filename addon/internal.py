"""/internal/*: what the admin asks of the relay, authorised by a one-time ticket.

A channel test is a real request through the relay, to that one channel in any status, unbilled.
Must not know Flask. The ticket is redeemed in a thread: this is not the hot path.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from addon.admission import Caller
from addon.attempts import Answer, Failure, Served, Uncarried
from addon.canon.request import Endpoint
from addon.errors import Refusal
from addon.exchange import Visit
from addon.face.decode import decode
from addon.reception import Arrival, admit
from addon.services import Services
from rules.providers import PROVIDERS
from rules.tickets import TicketStore
from rules.values import Channel, Role, Token, TokenStatus, User, UserStatus

TEST_PATH = "/internal/test"
TICKET_HEADER = "x-oneapi-ticket"
TEST_MODEL = "gpt-3.5-turbo"
TESTER = User(id=0, username="", role=Role.ROOT, status=UserStatus.ENABLED, group="default")
TEST_TOKEN = Token(id=0, user_id=0, name="test", status=TokenStatus.ENABLED, expired_time=-1, unlimited=True)


async def receive_test(services: Services, visit: Visit, arrival: Arrival, path: str) -> Refusal | None:
    """Makes `visit.exchange` ready for a channel test, or says why not."""
    if path != TEST_PATH:
        return Refusal(404, f"Invalid URL ({path})", type="invalid_request_error")
    ticket = arrival.headers.get(TICKET_HEADER, "")
    payload = await asyncio.to_thread(TicketStore(services.database, services.vault).redeem, ticket, "test")
    if payload is None:
        return Refusal(401, "the ticket is missing, used or out of date")
    # A channel is tested right after it was saved: the picture must not be the one from before.
    await asyncio.to_thread(services.snapshots.refresh_if_moved)
    channel = services.snapshots.current.channel(int(payload["channel_id"]))
    if channel is None:
        return Refusal(404, "无效的渠道 Id", f"there is no channel {payload['channel_id']}")
    model = str(payload.get("model") or "") or test_model(channel)
    request = decode(Endpoint.CHAT, "application/json", test_document(model, services.settings["TEST_PROMPT"]))
    refusal = await admit(services, visit, Caller(TESTER, TEST_TOKEN, pinned=channel.id, billed=False), request)
    if visit.exchange is not None:
        visit.exchange.wrap = lambda answer: report(answer, model, time.monotonic() - visit.began)
    return refusal


def test_model(channel: Channel) -> str:
    """gpt-3.5-turbo if the channel has it, else its first model, else its provider's."""
    if TEST_MODEL in channel.models:
        return TEST_MODEL
    provider = PROVIDERS.get(channel.type)
    return next(iter(channel.models or (provider.models if provider else ())), TEST_MODEL)


def test_document(model: str, prompt: str) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": prompt}]}).encode()


def report(answer: Answer, model: str, seconds: float) -> bytes:
    """`{"success", "message", "time", "modelName"}`; `time` in seconds."""
    match answer:
        case Served(translated=translated):
            success, message = True, reply_text(json.loads(translated.body))
        case Failure(fault=fault):
            success, message = False, fault.message
        case Uncarried(reason=reason):
            success, message = False, reason.message
    return json.dumps({"success": success, "message": message, "time": round(seconds, 3), "modelName": model}).encode()


def reply_text(document: dict[str, Any]) -> str:
    choices = document.get("choices") or [{}]
    return str((choices[0].get("message") or {}).get("content") or "")
