"""What is compared and what is wished for: the cases, their requests, and the goals of the issue. Values only.

Must not know how anything is started or measured.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from scripts.benchmark.upstream import SLOW_MODEL

MODEL = "bench"
CLAUDE = "bench-claude"
"""The model whose channel is Anthropic's; through bare mitmdump its native request goes to the same upstream."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be: at least or at most `limit`; `floor` is what must be reached if the limit is not."""

    limit: float
    at_least: bool = False
    floor: float | None = None

    def judge(self, figure: float) -> str:
        if self._reached(figure, self.limit):
            return "met"
        if self.floor is not None and self._reached(figure, self.floor):
            return "missed, but not the least"
        return "missed"

    def _reached(self, figure: float, limit: float) -> bool:
        return figure >= limit if self.at_least else figure <= limit


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of exchange. `speed` is the goal for requests/s, `cpu` the one for CPU per event; both of bare's."""

    name: str
    streamed: bool
    anthropic: bool
    speed: Goal
    cpu: Goal | None = None

    def asked_of_gateway(self, port: int, token: str, headers: dict[str, str] | None = None) -> str:
        """As an OpenAI client asks."""
        model = CLAUDE if self.anthropic else MODEL
        return request(port, "/v1/chat/completions", model, token, self.streamed, headers=headers)

    def asked_of_upstream(self, port: int, token: str) -> str:
        """As the provider's own client asks: what bare mitmdump passes."""
        path = "/v1/messages" if self.anthropic else "/v1/chat/completions"
        return request(port, path, CLAUDE if self.anthropic else MODEL, token, self.streamed)


CASES = (
    Case("JSON, OpenAI-compatible", False, False, Goal(2.0, at_least=True, floor=1.5)),
    Case("JSON, Anthropic translated", False, True, Goal(1.2, at_least=True)),
    Case("stream of 100 events, OpenAI-compatible", True, False, Goal(0.8, at_least=True), Goal(1.5)),
    Case("stream of 100 events, Anthropic translated", True, True, Goal(0.5, at_least=True), Goal(2.5)),
)
OF_LITELLM = Goal(10.0, at_least=True)
ADDED_MS = {"base URL": Goal(3.0), "intercepted TLS": Goal(5.0)}
FIRST_BYTE_MS = Goal(5.0)

GAP_SECONDS = Goal(1.0)
MEMORY_MB = Goal(250.0)
FLAT_MB_PER_MINUTE = Goal(1.0)
"""Our reading of "flat"."""
SLOPE_MB_PER_10000 = Goal(1.0)
NONE = Goal(0.0)


def request(
    port: int,
    path: str,
    model: str,
    token: str,
    streamed: bool,
    host: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
) -> str:
    """A whole HTTP/1.1 request for one small chat."""
    asked = {"model": model, "messages": [{"role": "user", "content": "Say something small."}], "max_tokens": 200}
    body = json.dumps({**asked, **({"stream": True} if streamed else {})})
    lines = [
        f"POST {path} HTTP/1.1",
        f"host: {host}:{port}",
        f"authorization: Bearer {token}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def slow_request(port: int, token: str) -> str:
    return request(port, "/v1/chat/completions", SLOW_MODEL, token, streamed=True)
