"""Errors of providers that answer with a sentence and a status, in OpenAI's words.

Composes `openai_fault`, which finds the sentence in whatever shape it comes. Must not know any provider: which status
means what is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from addon.canon.fault import Fault, FaultKind
from addon.dialects import openai_fault
from addon.dialects.openai_fault_kinds import STATUS_OF, TYPE_OF

CODE_OF: Mapping[FaultKind, str] = {
    FaultKind.BAD_KEY: "invalid_api_key",
    FaultKind.FORBIDDEN: "permission_denied",
    FaultKind.NOT_FOUND: "model_not_found",
    FaultKind.OUT_OF_BALANCE: "insufficient_quota",
    FaultKind.RATE_LIMITED: "rate_limit_exceeded",
    FaultKind.OVERLOADED: "overloaded",
    FaultKind.CONTENT_FILTER: "content_filter",
}
TOO_LONG = re.compile(
    r"too many tokens|context (length|window|limit)|max_new_tokens must be|prompt is too long", re.IGNORECASE
)
"""How providers say that a conversation does not fit; clients shorten it when they read OpenAI's code for that."""
OWN_STATUS = (FaultKind.BAD_REQUEST, FaultKind.SERVER_ERROR)
"""Kinds whose status says more than the kind does, if it is an error's."""


def read_error(
    status: int, headers: Mapping[str, str], body: bytes, statuses: Mapping[int, FaultKind] | None = None
) -> Fault:
    """The fault of a reply that is not 2xx. `statuses`: what a status means here, where it is not as elsewhere."""
    fault = openai_fault.read_error(status, headers, body)
    return retold(fault, (statuses or {}).get(status, fault.kind))


def fault_of(kind: FaultKind, message: str) -> Fault:
    """The fault of an error inside a good reply."""
    return retold(Fault(kind, 0, openai_fault.clean(message)), kind)


def retold(fault: Fault, kind: FaultKind) -> Fault:
    """The same fault, of this kind, with OpenAI's status, type and code of it."""
    status = 429 if kind is FaultKind.OUT_OF_BALANCE else STATUS_OF[kind]
    if kind in OWN_STATUS and fault.status >= 400:
        status = fault.status
    code = CODE_OF.get(kind)
    if kind is FaultKind.BAD_REQUEST and TOO_LONG.search(fault.message):
        code = "context_length_exceeded"
    return replace(fault, kind=kind, status=status, type=TYPE_OF[kind], code=code)
