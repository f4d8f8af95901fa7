"""What the ledger is told when an exchange is over: the quota and the log row. Pure.

Must not know mitmproxy or the database. Times in milliseconds, quota as integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from addon.admission import Caller
from addon.attempts import Failure, Served, Uncarried
from addon.billing import due, with_transcripts
from addon.canon.events import Usage
from addon.canon.fault import FaultKind
from addon.canon.request import Request
from addon.exchange import Exchange
from rules.pricing import Cost
from rules.values import LogRow, LogType

LONGEST_AGENT = 80


@dataclass(frozen=True, slots=True)
class Closing:
    """How an exchange ended: what is due, and the row that says so."""

    quota: int
    row: LogRow


@dataclass(frozen=True, slots=True)
class Bill:
    usage: Usage = field(default_factory=Usage)
    estimated: bool = False
    cost: Cost | None = None
    channel: int = 0
    model: str = ""
    prompt_reset: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)


def closing(exchange: Exchange, now: float, client_left: bool, crashed: bool) -> Closing:
    """`now` is the exchange's clock. Nothing is due unless a reply, or a part of one, reached the client."""
    shown = exchange.live is not None or not crashed
    bill = bill_of(exchange) if shown else Bill()
    end = stream_end(exchange, client_left, crashed)
    status, error = outcome(exchange, client_left, crashed)
    detail: dict[str, Any] = {"attempts": [asdict(note) for note in exchange.notes], **bill.detail}
    if exchange.cooling is not None and exchange.cooling.left_out:
        detail["left_out"] = [asdict(rest) for rest in exchange.cooling.left_out]
    if error:
        detail["error"] = error
    quota = bill.cost.quota if bill.cost else 0
    row = LogRow(
        **owner(exchange.caller, exchange.request),
        created_at=exchange.created_at,
        type=LogType.CONSUME,
        content=bill.cost.text if bill.cost else error,
        quota=quota,
        prompt_tokens=bill.usage.prompt or 0,
        completion_tokens=bill.usage.completion or 0,
        channel=bill.channel or (exchange.notes[-1].channel if exchange.notes else 0),
        request_id=exchange.id,
        elapsed_ms=round((now - exchange.began) * 1000),
        first_byte_ms=-1 if exchange.first_byte is None else round((exchange.first_byte - exchange.began) * 1000),
        stream_end=end,
        status=status,
        system_prompt_reset=bill.prompt_reset,
        estimated=bill.estimated,
        detail=detail,
    )
    return Closing(quota, row)


def came_by(closing: Closing, direct: bool, headers: Iterable[tuple[str, str]]) -> Closing:
    """The same with the door and the program that the request came by, which the pages show."""
    agent = next((value for name, value in headers if name.lower() == "user-agent"), "")
    detail = {**closing.row.detail, "door": "base" if direct else "proxy", "agent": agent[:LONGEST_AGENT]}
    return replace(closing, row=replace(closing.row, detail=detail))


def owner(caller: Caller, request: Request) -> dict[str, Any]:
    return {
        "user_id": caller.user.id,
        "username": caller.user.username,
        "token_name": caller.token.name,
        "model_name": request.model,
        "is_stream": request.stream,
    }


def bill_of(exchange: Exchange) -> Bill:
    served = exchange.served
    if served is None:
        return Bill()
    send, meter = served
    usage, estimated = meter.usage(exchange.prompt_estimate, quick=True)
    price = send.candidate.price
    bill, estimated = due(price, exchange.request, usage, estimated)
    if exchange.prices is not None:
        kind = send.candidate.channel.type
        bill = with_transcripts(bill, [(exchange.prices(kind, model), used) for model, used in meter.beside.items()])
    return Bill(
        usage=usage,
        estimated=estimated,
        cost=bill,
        channel=send.candidate.channel.id,
        model=price.model,
        prompt_reset=bool(send.candidate.target.system_prompt),
        detail={
            "computation": bill.computation,
            "upstream_model": send.candidate.target.model,
            "usage": counted(usage),
        },
    )


def counted(usage: Usage) -> dict[str, float]:
    return {name: value for name, value in asdict(usage).items() if value is not None}


def stream_end(exchange: Exchange, client_left: bool, crashed: bool) -> str:
    """done, truncated, client_gone, error; "" where nothing was to come in pieces. Sound does, unasked."""
    live = exchange.live
    if not exchange.request.stream and live is None:
        return ""
    if live is None:
        return "client_gone" if client_left else "done" if isinstance(exchange.step, Served) else "error"
    if live.fault is not None:
        return "truncated" if live.fault.kind is FaultKind.CUT else "error"
    if crashed:
        return "error"
    return "client_gone" if client_left and not live.finished else "done"


def outcome(exchange: Exchange, client_left: bool, crashed: bool) -> tuple[int, str]:
    """The status that the client got (499: it left before there was one) and what went wrong, "" if nothing."""
    if crashed:
        return 500, "internal error"
    if exchange.live is not None:
        head, fault = exchange.live.head, exchange.live.fault
        return head.status if head else 200, fault.message if fault else ""
    if client_left:
        return 499, "the client left before the reply"
    match exchange.step:
        case Failure(fault=fault):
            return fault.status, fault.message
        case Uncarried(reason=reason):
            return 400, reason.message
        case Served():
            return 200, ""
    return 500, "the request was not sent anywhere"


def refused_row(
    caller: Caller, model: str, stream: bool, now: int, request_id: str, status: int, message: str
) -> LogRow:
    """The row of a request whose caller is known, and that was refused before anything was sent."""
    return LogRow(
        user_id=caller.user.id,
        username=caller.user.username,
        token_name=caller.token.name,
        model_name=model,
        is_stream=stream,
        created_at=now,
        type=LogType.CONSUME,
        content=message,
        request_id=request_id,
        status=status,
        stream_end="error" if stream else "",
        detail={"error": message},
    )
