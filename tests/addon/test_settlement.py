import pytest

from addon.attempts import Broken
from addon.canon.fault import Fault, FaultKind
from addon.exchange import Exchange
from addon.settlement import Closing, came_by, closing, refused_row
from rules.values import LogRow, LogType
from tests.addon.exchanges import SSE, Clock, exchange, reply, said, streamed
from tests.builders import caller, chat

REFUSED = Broken(Fault(FaultKind.TRANSPORT, 502, "refused"))


def live(parts: list[bytes], close: bool = True) -> tuple[Exchange, Clock]:
    running, clock = exchange(chat(model="claude-x", stream=True))
    running.run()
    pipe = running.pipe(200, SSE)
    assert pipe is not None
    running.commit(pipe)
    for part in parts:
        pipe.feed(part)
    if close:
        pipe.close()
    running.close()
    return running, clock


def test_a_served_reply_is_billed_by_its_usage() -> None:
    running, clock = exchange()
    running.run()
    clock.now += 0.2
    running.advance(reply(document=said(usage={"input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 6})))
    end = closing(running, clock.now + 0.1, client_left=False, crashed=False)
    row = end.row
    assert (row.status, row.type, row.quota, row.prompt_tokens, row.completion_tokens) == (
        200,
        LogType.CONSUME,
        end.quota,
        16,
        4,
    )
    assert (row.elapsed_ms, row.first_byte_ms, row.stream_end, row.channel) == (300, 200, "", 1)
    assert row.detail["usage"]["cached"] == 6
    assert row.detail["computation"]["quota"] == end.quota > 0
    assert [attempt["outcome"] for attempt in row.detail["attempts"]] == ["served"]
    assert not row.estimated


def test_a_failure_costs_nothing_and_says_why() -> None:
    running, clock = exchange()
    running.run()
    running.advance(REFUSED)
    end = closing(running, clock.now, client_left=False, crashed=False)
    assert (end.quota, end.row.status, end.row.content, end.row.channel) == (0, 502, "refused", 1)
    assert end.row.detail["error"] == "refused"


def test_a_request_that_nobody_could_carry() -> None:
    running, clock = exchange(chat(model="claude-x", n=2))
    end = closing(running, clock.now, client_left=False, crashed=False)
    assert (end.quota, end.row.status) == (0, 400)
    assert "n" in end.row.content


@pytest.mark.parametrize(
    ("parts", "left", "crashed", "end"),
    [
        (streamed(), False, False, "done"),
        (streamed(), True, False, "done"),
        (streamed(end=False), False, False, "truncated"),
        (
            [
                *streamed(end=False),
                b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"no"}}\n\n',
            ],
            False,
            False,
            "error",
        ),
    ],
)
def test_stream_ends(parts: list[bytes], left: bool, crashed: bool, end: str) -> None:
    running, clock = live(parts)
    assert closing(running, clock.now, left, crashed).row.stream_end == end


def test_a_client_that_left_pays_for_what_it_saw() -> None:
    running, clock = live(streamed("one two three", end=False), close=False)
    end = closing(running, clock.now, client_left=True, crashed=False)
    assert (end.row.stream_end, end.row.status, end.row.completion_tokens) == ("client_gone", 200, 3)
    assert end.quota > 0


def test_a_client_that_left_before_the_reply_pays_nothing() -> None:
    running, clock = exchange(chat(model="claude-x", stream=True))
    running.run()
    end = closing(running, clock.now, client_left=True, crashed=False)
    assert (end.quota, end.row.status, end.row.stream_end, end.row.first_byte_ms) == (0, 499, "client_gone", -1)


def test_a_crash_is_an_error_of_ours() -> None:
    running, clock = live(streamed(end=False), close=False)
    row = closing(running, clock.now, client_left=False, crashed=True).row
    assert (row.stream_end, row.status, row.detail["error"]) == ("error", 500, "internal error")


def test_a_reply_that_was_never_shown_costs_nothing() -> None:
    running, clock = exchange()
    running.run()
    running.advance(reply(document=said()))
    end = closing(running, clock.now, client_left=False, crashed=True)
    assert (end.quota, end.row.status, end.row.content) == (0, 500, "internal error")


def test_an_exchange_that_was_not_sent() -> None:
    running, clock = exchange()
    running.step = None
    assert closing(running, clock.now, client_left=False, crashed=False).row.status == 500


def test_a_whole_reply_to_a_stream_request_is_done() -> None:
    running, clock = exchange(chat(model="claude-x", stream=True))
    running.run()
    running.advance(reply(document=said()))
    assert closing(running, clock.now, client_left=False, crashed=False).row.stream_end == "done"


def test_a_failed_stream_request_is_an_error() -> None:
    running, clock = exchange(chat(model="claude-x", stream=True))
    running.run()
    running.advance(REFUSED)
    assert closing(running, clock.now, client_left=False, crashed=False).row.stream_end == "error"


def test_refused_row_names_who_and_why() -> None:
    row = refused_row(caller(), "gpt-4o", True, 5, "r1", 403, "no")
    assert (row.username, row.token_name, row.status, row.quota, row.stream_end) == ("ada", "laptop", 403, 0, "error")
    assert row.detail == {"error": "no"}


@pytest.mark.parametrize(("direct", "door"), [(True, "base"), (False, "proxy")])
def test_the_row_says_by_which_door_and_program(direct: bool, door: str) -> None:
    end = Closing(3, LogRow(1, 2, 2, detail={"attempts": []}))
    told = came_by(end, direct, [("Host", "x"), ("User-Agent", "curl/8.5.0 " + "x" * 100)])
    assert told.row.detail == {"attempts": [], "door": door, "agent": ("curl/8.5.0 " + "x" * 100)[:80]}
    assert (told.quota, end.row.detail) == (3, {"attempts": []})
    assert came_by(end, direct, []).row.detail["agent"] == ""
