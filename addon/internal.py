"""/internal/*: what the admin asks of the relay, authorised by a one-time ticket.

    test      a real request through one channel      internal_test
    balance   what is left at a channel's provider    internal_control
    models    which models its provider has           internal_control
    key       what is wrong with the form of its key  internal_control

Must not know Flask. The ticket is redeemed in a thread: this is not the hot path.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from addon.errors import Refusal
from addon.exchange import Visit
from addon.internal_control import tell_balance, tell_key, tell_models
from addon.internal_test import test_channel
from addon.reception import Arrival
from addon.services import Services
from rules.tickets import TicketStore

ROOT = "/internal/"
TICKET_HEADER = "x-oneapi-ticket"
NO_TICKET = Refusal(401, "the ticket is missing, used or out of date")

Answer = Refusal | bytes | None
"""None: `visit.exchange` brings it."""
Question = Mapping[str, Any]


async def receive_internal(services: Services, visit: Visit, arrival: Arrival, path: str) -> Answer:
    """Makes `visit.exchange` ready, answers at once with a document, or says why not."""
    purpose = path.partition("?")[0].removeprefix(ROOT)
    answer = PURPOSES.get(purpose)
    if answer is None:
        return Refusal(404, f"Invalid URL ({path})", type="invalid_request_error")
    ticket = arrival.headers.get(TICKET_HEADER, "")
    payload = await asyncio.to_thread(TicketStore(services.database, services.vault).redeem, ticket, purpose)
    question = question_of(payload, arrival.body)
    if question is None:
        return NO_TICKET
    # A channel is asked about right after it was saved: the picture must not be the one from before.
    await asyncio.to_thread(services.snapshots.refresh_if_moved)
    found = answer(services, visit, question)
    return found if isinstance(found, Refusal | bytes) or found is None else await found


def question_of(payload: Mapping[str, Any] | None, body: bytes) -> Question | None:
    """What the ticket is for: itself, or the body that it names. A form that is not saved holds a key, which has no
    place in the database."""
    if payload is None:
        return None
    if "digest" not in payload:
        return payload
    if not hmac.compare_digest(str(payload["digest"]), hashlib.sha256(body).hexdigest()):
        return None
    question: Question = json.loads(body)
    return question


PURPOSES: Mapping[str, Callable[[Services, Visit, Question], Any]] = {
    "test": test_channel,
    "balance": tell_balance,
    "models": tell_models,
    "key": tell_key,
}
"""The last part of the path, and the purpose of its ticket."""
