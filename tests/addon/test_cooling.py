import asyncio
import time
from dataclasses import replace

import pytest

from addon.attempts import Broken, Failure, Send, Served, Terms, attempts
from addon.canon.fault import Fault, FaultKind
from addon.canon.realtime import RealtimeRequest
from addon.cooling import SHORT, Cooling, outcome_of, place_of, short_rest
from addon.dialects.openai_realtime_usage import UsageReader
from addon.exchange import Exchange
from addon.meter import Meter
from addon.plan import Candidate
from addon.realtime import SPENT, Session
from addon.settlement import closing
from rules.health import Health, Outcome, Policy
from tests.addon.exchanges import SSE, TERMS, Clock, candidates, reply, said, streamed
from tests.builders import caller, chat

BUSY = Fault(FaultKind.OVERLOADED, 503, "busy", retry_after=30)
LIMIT = Fault(FaultKind.RATE_LIMITED, 429, "slow down", retry_after=7.2)
REFUSED = Broken(Fault(FaultKind.TRANSPORT, 502, "refused"))


def cooling(clock: Clock | None = None, forced: bool = False, after: int = 3) -> Cooling:
    return Cooling(Health(Policy(after=after)), forced, clock or Clock())


def exchange(gate: Cooling, several: tuple[Candidate, ...], stream: bool = False) -> Exchange:
    request = chat(model="claude-x", stream=stream)
    clock = gate.clock
    made = Exchange(
        id="r1",
        caller=caller(),
        request=request,
        steps=attempts(request, several, Terms(2, "r1", TERMS.now, 9, gate=gate)),
        prompt_estimate=9,
        created_at=TERMS.now,
        began=clock(),
        clock=clock,
        cooling=gate,
    )
    made.start()
    return made


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, Outcome.SERVED),
        (Fault(FaultKind.BAD_REQUEST, 400, "x"), Outcome.SILENT),
        (Fault(FaultKind.BAD_KEY, 401, "x"), Outcome.LOCKED),
        (BUSY, Outcome.FAILED),
    ],
)
def test_what_a_fault_says_of_the_channel(fault: Fault | None, outcome: Outcome) -> None:
    assert outcome_of(fault) is outcome


def test_a_channel_that_failed_is_passed_by_in_the_next_exchange() -> None:
    several, clock = candidates(2), Clock()
    first = cooling(clock, after=1)
    running = exchange(first, several)
    running.run()
    step = running.advance(REFUSED)
    assert isinstance(step, Send)
    assert step.candidate is several[1]
    running.run()
    assert isinstance(running.advance(reply(document=said())), Served)
    assert (first.left_out, [note.fault for note in running.notes]) == ([], ["transport", ""])
    second = Cooling(first.health, clock=clock)
    clock.now += 4
    step = exchange(second, several).step
    assert isinstance(step, Send)
    assert (step.number, step.candidate) == (1, several[1])
    assert [(rest.channel, rest.seconds, rest.reason) for rest in second.left_out] == [(1, 6.0, "failures")]


def test_the_log_row_names_what_was_left_out() -> None:
    several, gate = candidates(2), cooling()
    gate.ended(several[0], LIMIT, gate.clock())
    running = exchange(gate, several)
    running.run()
    running.advance(reply(document=said()))
    detail = closing(running, gate.clock(), client_left=False, crashed=False).row.detail
    assert detail["left_out"] == [
        {"channel": 1, "name": "channel 1", "model": "claude-x", "seconds": 7.2, "reason": "rate limit"}
    ]
    assert [one["fault"] for one in detail["attempts"]] == [""]


@pytest.mark.parametrize(
    ("faults", "status", "kind", "after"),
    [
        ((BUSY, LIMIT), 429, FaultKind.RATE_LIMITED, 8),
        ((BUSY, BUSY), 503, FaultKind.OVERLOADED, 30),
        ((Fault(FaultKind.BAD_KEY, 401, "no"), BUSY), 503, FaultKind.OVERLOADED, 10),
    ],
)
def test_when_all_rest_the_client_is_told_how_long(
    faults: tuple[Fault, Fault], status: int, kind: FaultKind, after: int
) -> None:
    several, gate = candidates(2), cooling()
    for candidate, fault in zip(several, faults, strict=True):
        gate.ended(candidate, fault, gate.clock())
    answer = exchange(gate, several).step
    assert isinstance(answer, Failure)
    assert (answer.fault.status, answer.fault.kind, answer.fault.retry_after) == (status, kind, after)
    assert answer.more is True


def test_a_last_fault_is_told_although_others_rest() -> None:
    several, gate = candidates(2), cooling()
    gate.ended(several[1], BUSY, gate.clock())
    running = exchange(gate, several)
    running.run()
    answer = running.advance(Broken(Fault(FaultKind.OUT_OF_BALANCE, 402, "no money")))
    assert isinstance(answer, Failure)
    assert (answer.fault.message, answer.more) == ("no money", True)


def test_a_channel_that_the_caller_named_is_asked_in_any_case() -> None:
    [one] = candidates()
    gate = cooling(forced=True)
    gate.ended(one, BUSY, gate.clock())
    assert gate.admits(one) is True
    assert (gate.left_out, gate.resting()) == ([], None)


def test_a_request_that_was_no_good_leaves_the_channel_alone() -> None:
    [one] = candidates()
    gate = cooling()
    gate.ended(one, Fault(FaultKind.BAD_REQUEST, 400, "no such tool", retry_after=60), gate.clock())
    assert gate.admits(one) is True


def test_a_channel_with_another_key_or_address_starts_anew() -> None:
    [one] = candidates()
    gate = cooling()
    gate.ended(one, Fault(FaultKind.BAD_KEY, 401, "no"), gate.clock())
    edited = [replace(one, target=replace(one.target, **change)) for change in ({"key": "k"}, {"base_url": "http://x"})]
    assert [gate.admits(candidate) for candidate in (one, *edited)] == [False, True, True]
    assert place_of(one) != place_of(edited[0])


def on_trial(stream: bool) -> tuple[Exchange, Cooling, Candidate, Clock]:
    """An exchange that tries a channel whose rest is over."""
    [one], clock = candidates(), Clock()
    gate = cooling(clock, after=1)
    gate.ended(one, BUSY, clock.now)
    clock.now += 30
    running = exchange(gate, (one,), stream)
    running.run()
    assert Cooling(gate.health, clock=clock).admits(one) is False
    return running, gate, one, clock


def test_while_a_channel_is_on_trial_the_others_pass_it_by() -> None:
    _, gate, one, clock = on_trial(stream=False)
    other = Cooling(gate.health, clock=clock)
    assert other.admits(one) is False
    assert [rest.reason for rest in other.left_out] == ["on trial"]
    fault = other.resting()
    assert fault is not None
    assert fault.status == 503


def test_a_stream_that_begins_opens_the_way_and_its_end_counts() -> None:
    running, gate, one, clock = on_trial(stream=True)
    pipe = running.pipe(200, SSE)
    assert pipe is not None
    running.commit(pipe)
    assert gate.admits(one) is True
    pipe.feed(b"".join(streamed(end=False)))
    pipe.cut()
    clock.now += 5
    assert running.close() is True
    assert [note.fault for note in running.notes] == ["cut"]
    assert gate.health.wait(place_of(one), "claude-x", clock.now) == 20


def test_a_client_that_leaves_says_nothing_of_the_channel() -> None:
    running, gate, one, _ = on_trial(stream=False)
    assert running.close() is True
    assert running.notes == []
    assert gate.admits(one) is True


def test_a_session_that_we_end_is_not_the_channels_failure() -> None:
    [one], gate = candidates(), cooling()
    running = exchange(gate, (one,))
    running.run()
    meter = Meter("theirs")
    session = Session("theirs", UsageReader(RealtimeRequest("ours"), one.target), meter)
    running.commit(session)
    session.break_off(SPENT)
    assert running.close() is True
    assert [note.fault for note in running.notes] == ["out_of_balance"]
    assert gate.admits(one) is True


def test_a_served_trial_ends_the_rest() -> None:
    running, gate, one, clock = on_trial(stream=False)
    running.advance(reply(document=said()))
    assert running.close() is True
    assert gate.health.entries == {}
    assert gate.admits(one) is True
    assert clock.now > 0


def waited(health: Health, several: tuple[Candidate, ...]) -> float:
    began = time.monotonic()
    asyncio.run(short_rest(health, several))
    return time.monotonic() - began


def test_only_a_short_rest_is_waited_for() -> None:
    first, second = several = candidates(2)
    gate = Cooling(Health(Policy(after=9)))
    assert waited(gate.health, several) < 0.1
    gate.ended(first, replace(BUSY, retry_after=SHORT + 5), gate.clock())
    assert waited(gate.health, several) < 0.1
    gate.ended(second, replace(BUSY, retry_after=0.3), gate.clock())
    assert waited(gate.health, (first,)) < 0.1
    assert 0.1 < waited(gate.health, several) < SHORT
    assert gate.admits(second)
    assert waited(gate.health, ()) < 0.1


def test_somebody_elses_trial_is_waited_for_no_longer_than_that() -> None:
    [one] = candidates()
    gate = Cooling(Health(Policy(after=9)))
    gate.ended(one, replace(BUSY, retry_after=0.01), gate.clock())
    time.sleep(0.02)
    assert gate.admits(one)
    assert SHORT / 2 < waited(gate.health, (one,)) < SHORT + 1
