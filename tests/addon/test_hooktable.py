"""The compiled dispatch does what mitmproxy's own does, with mitmproxy's own addon manager and addons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from mitmproxy import exceptions, hooks, master
from mitmproxy.addons import default_addons
from mitmproxy.proxy.layers.http import HttpRequestHook, HttpResponseHook
from mitmproxy.test import tflow

from addon.hooktable import FLOW_HOOKS, IDLE_WITHOUT, HookTable


@dataclass
class Addon:
    """Notes what it is asked; `raises` says at which hook it raises what."""

    name: str
    heard: list[str]
    raises: dict[str, Exception] = field(default_factory=dict)
    addons: list[Any] = field(default_factory=list)

    def note(self, hook: str) -> None:
        self.heard.append(f"{self.name}.{hook}")
        if hook in self.raises:
            raise self.raises[hook]

    def request(self, flow: object) -> None:
        self.note("request")

    def done(self) -> None:
        self.note("done")


class Patient(Addon):
    async def response(self, flow: object) -> None:
        await asyncio.sleep(0)
        self.note("response")


class Viewer(Addon):
    def update(self, flows: list[object]) -> None:
        self.note("update")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def chief(loop: asyncio.AbstractEventLoop, borrowed_context: None) -> master.Master:
    return master.Master(opts=None, event_loop=loop)


def heard_by(chief: master.Master, loop: asyncio.AbstractEventLoop, table: bool, *addons: Addon) -> list[str]:
    """What these addons hear of a request and a response, with our dispatch or with mitmproxy's."""
    heard = addons[0].heard
    chief.addons.add(*addons)
    mine = HookTable(chief.addons)
    if table:
        mine.install()
    for hook in (HttpRequestHook(tflow.tflow()), HttpResponseHook(tflow.tflow(resp=True))):
        loop.run_until_complete(chief.addons.handle_lifecycle(hook))
    if table:
        mine.uninstall()
    chief.addons.remove(addons[0])
    return list(heard)


def several() -> list[Addon]:
    heard: list[str] = []
    children = [Addon("b1", heard), Patient("b2", heard)]
    crashing = Addon("c", heard, {"request": ValueError("it has crashed")}, [Addon("c1", heard)])
    return [Patient("a", heard), Addon("b", heard, addons=children), crashing, Viewer("d", heard)]


def test_the_same_is_heard_in_the_same_order(
    chief: master.Master, loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = heard_by(chief, loop, False, *several())
    chief.addons.clear()
    assert caplog.text.count("it has crashed") == 2
    ours = heard_by(chief, loop, True, *several())
    assert ours == theirs
    assert "b2.response" in ours
    assert ours.count("d.update") == 2
    assert "c1.request" not in ours
    assert caplog.text.count("it has crashed") == 4


def test_a_halt_ends_the_event(chief: master.Master, loop: asyncio.AbstractEventLoop) -> None:
    heard: list[str] = []
    halting = Addon("a", heard, {"request": exceptions.AddonHalt()})
    assert heard_by(chief, loop, True, halting, Patient("b", heard)) == ["a.request", "b.response", "a.done"]


def test_a_refused_option_is_raised(chief: master.Master, loop: asyncio.AbstractEventLoop) -> None:
    refusing = Addon("a", [], {"request": exceptions.OptionsError("no")})
    with pytest.raises(exceptions.OptionsError):
        heard_by(chief, loop, True, refusing)


def test_what_is_no_function_is_told(chief: master.Master, loop: asyncio.AbstractEventLoop) -> None:
    addon = Addon("a", [])
    addon.request = 3  # type: ignore[assignment,method-assign]
    chief.addons.chain.append(addon)
    with pytest.raises(exceptions.AddonManagerError, match="not callable"):
        HookTable(chief.addons).groups("request")


def test_a_module_of_that_name_is_no_hook(chief: master.Master) -> None:
    addon = Addon("a", [])
    addon.request = logging  # type: ignore[assignment,method-assign]
    chief.addons.chain.append(addon)
    assert HookTable(chief.addons).groups("request") == ()


def test_addons_that_come_and_go_are_noticed(chief: master.Master, loop: asyncio.AbstractEventLoop) -> None:
    heard: list[str] = []
    table = HookTable(chief.addons)
    table.install()
    parent = Addon("a", heard)
    chief.addons.add(parent)
    hook = HttpRequestHook(tflow.tflow())
    loop.run_until_complete(chief.addons.handle_lifecycle(hook))
    child = Addon("b", heard)
    chief.addons.register(child)
    parent.addons.append(child)
    loop.run_until_complete(chief.addons.handle_lifecycle(hook))
    chief.addons.remove(child)
    parent.addons.clear()
    loop.run_until_complete(chief.addons.handle_lifecycle(hook))
    assert heard == ["a.request", "a.request", "b.request", "b.done", "a.request"]


def test_an_idle_addon_works_as_soon_as_its_option_is_set(
    chief: master.Master, loop: asyncio.AbstractEventLoop
) -> None:
    chief.addons.add(*default_addons())
    table = HookTable(chief.addons)
    table.install()
    before = {name: len(table.groups(name)) for name in FLOW_HOOKS}
    chief.options.update(anticache=True, modify_headers=["/~q/x-fake/yes"])
    after = {name: len(table.groups(name)) for name in FLOW_HOOKS}
    assert after["request"] == before["request"] + 1
    assert after["requestheaders"] == before["requestheaders"] + 1
    flow = tflow.tflow()
    flow.request.headers["if-none-match"] = "old"
    for hook in (hooks.all_hooks["requestheaders"](flow), HttpRequestHook(flow)):  # type: ignore[call-arg]
        loop.run_until_complete(chief.addons.handle_lifecycle(hook))
    assert "if-none-match" not in flow.request.headers
    assert flow.request.headers["x-fake"] == "yes"


@pytest.mark.parametrize("kind", IDLE_WITHOUT, ids=lambda kind: kind.__name__)
def test_what_is_left_out_does_nothing(chief: master.Master, loop: asyncio.AbstractEventLoop, kind: type) -> None:
    """With its option empty, each of them leaves a flow as it is."""
    chief.addons.add(*default_addons())
    [addon] = [one for one in chief.addons.chain if type(one) is kind]
    assert not getattr(chief.options, IDLE_WITHOUT[kind])
    for name in FLOW_HOOKS:
        call = getattr(addon, name, None)
        flow = tflow.tflow(resp=name in ("responseheaders", "response"))
        before = flow.get_state()
        if call is not None:
            assert call(flow) is None
        assert flow.get_state() == before


def test_the_old_dispatch_comes_back(chief: master.Master) -> None:
    table = HookTable(chief.addons)
    table.install()
    table.uninstall()
    assert "trigger_event" not in vars(chief.addons)
    assert "handle_lifecycle" not in vars(chief.addons)
    chief.options.update(listen_port=8081)
    assert table.groups("request") == ()
