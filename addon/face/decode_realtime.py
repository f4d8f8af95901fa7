"""A client's upgrade to `/v1/realtime`, as a view; or a BadRequest that says what is wrong. Must not know providers.

OpenAI names the model in the query; Azure's clients name a deployment.
"""

from __future__ import annotations

from collections.abc import Mapping

from addon.canon.realtime import RealtimeRequest, passing
from addon.face.bad_request import BadRequest

NO_SOCKET = "this address takes WebSocket connections only (ws:// or wss://, over HTTP/1.1)"
NO_CALL = "joining a call that runs at the provider is not supported: leave call_id out"
OURS = ("model", "deployment", "api-version", "key", "api-key")
"""What of the query is ours, or the door's."""
PASSED_HEADERS = ("openai-beta",)


def decode_realtime(headers: Mapping[str, str], query: Mapping[str, str]) -> RealtimeRequest:
    """`headers` have names in lower case."""
    key = headers.get("sec-websocket-key", "")
    if headers.get("upgrade", "").lower() != "websocket" or headers.get("sec-websocket-version") != "13" or not key:
        raise BadRequest(None, NO_SOCKET)
    if "call_id" in query:
        raise BadRequest("call_id", NO_CALL)
    model = query.get("model") or query.get("deployment") or ""
    if not model:
        raise BadRequest("model", "model is required: /v1/realtime?model=…")
    return RealtimeRequest(
        model=model,
        key=key,
        query=tuple((name, value) for name, value in query.items() if name not in OURS),
        protocols=passing(headers.get("sec-websocket-protocol", "")),
        headers=tuple((name, headers[name]) for name in PASSED_HEADERS if name in headers),
    )
