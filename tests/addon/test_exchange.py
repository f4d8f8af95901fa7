from dataclasses import replace

import pytest

from addon.attempts import Broken, Failure, Send, Served
from addon.canon.fault import Fault, FaultKind
from addon.exchange import MOVES, State
from rules.patience import Patience
from tests.addon.exchanges import SSE, exchange, reply, said, streamed
from tests.builders import chat

REFUSED = Broken(Fault(FaultKind.TRANSPORT, 502, "refused"))


def test_closed_is_reached_from_each_live_state_and_left_by_none() -> None:
    assert all(State.CLOSED in moves for state, moves in MOVES.items() if state is not State.CLOSED)
    assert MOVES[State.CLOSED] == frozenset()


def test_a_step_back_is_a_bug() -> None:
    running, _ = exchange()
    with pytest.raises(AssertionError, match="ready -> committed is no move"):
        running.move(State.COMMITTED)


def test_a_served_reply_is_noted_with_its_times() -> None:
    running, clock = exchange()
    running.run()
    clock.now += 0.25
    assert isinstance(running.advance(reply(document=said())), Served)
    assert [(note.channel, note.outcome, note.began_ms, note.took_ms) for note in running.notes] == [
        (1, "served", 0, 250)
    ]
    assert running.first_byte == clock.now
    assert running.served is not None
    assert running.close() is True
    assert running.close() is False


def test_failed_attempts_are_noted_with_their_reasons() -> None:
    running, _ = exchange(count=3)
    running.run()
    assert isinstance(running.advance(REFUSED), Send)
    running.run()
    busy = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    assert isinstance(running.advance(reply(529, busy)), Send)
    running.run()
    assert isinstance(running.advance(REFUSED), Failure)
    assert [(note.number, note.channel, note.outcome, note.reason) for note in running.notes] == [
        (1, 1, "try next", "transport: refused"),
        (2, 2, "try next", "overloaded: busy"),
        (3, 3, "try next", "transport: refused"),
    ]
    assert running.served is None
    with pytest.raises(AssertionError, match="no attempt is under way"):
        _ = running.sending


def test_a_stream_commits_once_and_is_noted_when_it_closes() -> None:
    running, clock = exchange(chat(model="claude-x", stream=True))
    running.run()
    pipe = running.pipe(200, SSE)
    assert pipe is not None
    clock.now += 0.1
    running.commit(pipe)
    first = clock.now
    clock.now += 0.1
    running.mark_first_byte()
    assert running.first_byte == first
    pipe.feed(b"".join(streamed()))
    assert running.close() is True
    assert [(note.outcome, note.status) for note in running.notes] == [("streamed", 200)]
    assert running.served is not None
    assert running.served[1].usage(0)[0].total == 7


def test_an_exchange_that_never_ran_closes_as_well() -> None:
    running, _ = exchange()
    assert running.close() is True
    assert running.served is None


def test_a_channel_may_have_a_patience_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    made, _ = exchange()
    made.patience = Patience(idle=7)
    send = made.sending
    for timeouts, expected in (("", made.patience), ("total=9", Patience(idle=7, total=9)), ("soon", made.patience)):
        channel = replace(send.candidate.channel, config={"timeouts": timeouts})
        found = made.patience_of(replace(send, candidate=replace(send.candidate, channel=channel)))
        assert found == expected
    assert "its timeouts are not readable: soon is none of" in caplog.text
