from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode, ReceiveHttp
from mitmproxy.test import taddons

from addon.bell import LONGEST, Bell, Due, bell_of, hang
from tests.addon.exchanges import Clock


def made(*living: int) -> tuple[Bell, Clock]:
    clock = Clock()
    return Bell({*living}, clock), clock


def wanted(command: commands.RequestWakeup | None) -> commands.RequestWakeup:
    assert command is not None
    return command


def rings(bell: Bell, command: commands.RequestWakeup) -> tuple[list[int], commands.RequestWakeup | None]:
    """Who is called, and what the bell asks for then."""
    called, further = [], None
    for found in bell.handle_event(events.Wakeup(command)):
        if isinstance(found, ReceiveHttp):
            assert isinstance(found.event, Due)
            called.append(found.event.stream_id)
        else:
            assert isinstance(found, commands.RequestWakeup)
            further = found
    return called, further


def test_one_wake_up_is_enough_for_all_who_are_due_later() -> None:
    bell, clock = made(1, 3)
    first = wanted(bell.set(1, clock.now + 10))
    assert first.delay == 10
    assert bell.set(3, clock.now + 15) is None
    assert bell.set(1, clock.now + 12) is None
    clock.now += 10
    called, further = rings(bell, first)
    assert (called, wanted(further).delay) == ([], 2)
    clock.now += 2
    called, further = rings(bell, wanted(further))
    assert (called, wanted(further).delay) == ([1], 3)
    clock.now += 3
    assert rings(bell, wanted(further)) == ([3], None)


def test_who_is_due_earlier_asks_for_a_wake_up_of_its_own() -> None:
    bell, clock = made(1, 3)
    late = wanted(bell.set(1, clock.now + 10))
    soon = wanted(bell.set(3, clock.now + 1))
    clock.now += 1
    assert rings(bell, soon) == ([3], None)
    clock.now += 9
    assert rings(bell, late) == ([1], None)


def test_who_is_gone_is_not_called() -> None:
    bell, clock = made(1)
    command = wanted(bell.set(3, clock.now + 1))
    bell.set(1, clock.now + 2)
    clock.now += 5
    assert rings(bell, command) == ([1], None)
    assert bell.due == bell.coming == {}


def test_an_event_that_comes_early_is_on_time() -> None:
    bell, clock = made(1)
    command = wanted(bell.set(1, clock.now + 1))
    clock.now += 0.9999
    assert rings(bell, command) == ([1], None)


def test_it_rings_for_whoever_waits_without_end() -> None:
    """M15: mitmproxy would close the connection."""
    bell, clock = made(1)
    command = wanted(bell.set(1, float("inf")))
    assert command.delay == LONGEST < 600
    clock.now += LONGEST
    called, further = rings(bell, command)
    assert (called, wanted(further).delay) == ([], LONGEST)


def test_a_connection_has_one_bell_to_which_its_wake_ups_come(borrowed_context: None) -> None:
    with taddons.context():
        client = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), state=ConnectionState.OPEN)
        parent: Any = HttpLayer(Context(client, ctx.options), HTTPMode.regular)
    bell = bell_of(parent)
    assert bell_of(parent) is bell
    parent.streams[1] = object()
    command = wanted(bell.set(1, 0.0))
    hang(parent, bell, command)
    parent.streams.clear()
    assert list(parent.handle_event(events.Wakeup(command))) == []
    assert bell.due == parent.command_sources == {}
