"""A client's connection to the relay without sockets: mitmproxy's real layers, the real addon, each command in sight.

The test plays both ends and the clock: it says what the client and each upstream send, whether a connection can be
made, and when a wake-up comes. Whatever hooks have to wait for runs in the loop given to it.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client, Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode
from mitmproxy.proxy.mode_specs import ProxyMode

from addon.bell import Bell

Reach = Callable[[Server], str | None]
LATER = "later"
"""For `Conversation.reach`: the connection is neither made nor refused yet."""


def reachable(server: Server) -> str | None:
    return None


class Conversation:
    """`reach` says of each connection: None (made), LATER, or why it failed."""

    def __init__(self, addon: Any, loop: asyncio.AbstractEventLoop, reach: Reach = reachable) -> None:
        self.addon = addon
        self.loop = loop
        self.reach = reach
        self.mute: set[str] = set()
        self.hooks: list[str] = []
        self.said = b""
        self.sent: defaultdict[Server, bytes] = defaultdict(bytes)
        self.opened: list[Server] = []
        self.closed: list[Connection] = []
        self.skipped = 0.0
        self.wakeups: list[tuple[float, commands.RequestWakeup]] = []
        self.pending: dict[Connection, commands.OpenConnection] = {}
        self.flows: list[Any] = []
        self.client = Client(
            peername=("127.0.0.1", 54321),
            sockname=("127.0.0.1", 3000),
            timestamp_start=time.time(),
            state=ConnectionState.OPEN,
            proxy_mode=ProxyMode.parse("regular"),
        )
        self.layer = HttpLayer(Context(self.client, ctx.options), HTTPMode.regular)
        self.layer.__dict__["bell"] = Bell(self.layer.streams, self.clock)
        self.handle(events.Start())

    # -- the ends -----------------------------------------------------------------------------------------------

    def ask(self, body: dict[str, Any] | bytes, path: str = "/v1/chat/completions", **headers: str) -> None:
        """A POST from the client."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"host": "gateway", "content-length": str(len(raw)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.client_sends(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + raw)

    def client_sends(self, data: bytes) -> None:
        self.handle(events.DataReceived(self.client, data))

    def client_leaves(self) -> None:
        self.client.state = ConnectionState.CLOSED
        self.handle(events.ConnectionClosed(self.client))

    def answers(self, server: Server, data: bytes) -> None:
        """What an upstream sends."""
        self.handle(events.DataReceived(server, data))

    def ends(self, server: Server) -> None:
        """An upstream closes."""
        server.state = ConnectionState.CLOSED
        self.handle(events.ConnectionClosed(server))

    def clock(self) -> float:
        """Seconds, as the relay counts them."""
        return time.monotonic() + self.skipped

    def wake(self) -> None:
        """The next wake-up comes, at its time."""
        at, command = min(self.wakeups, key=lambda one: one[0])
        self.wakeups.remove((at, command))
        self.skipped += max(0.0, at - self.clock() + 0.001)
        self.handle(events.Wakeup(command))

    def pass_seconds(self, seconds: float) -> None:
        """And all that is due in the meantime happens, each at its time."""
        until = self.clock() + seconds
        while any(at <= until for at, _ in self.wakeups):
            self.wake()
        self.skipped += max(0.0, until - self.clock())

    @property
    def soon(self) -> list[commands.RequestWakeup]:
        """The wake-ups that are not a matter of waiting."""
        return [command for at, command in self.wakeups if at <= self.clock()]

    def take(self) -> bytes:
        """What the client has got since the last time."""
        said, self.said = self.said, b""
        return said

    # -- the machinery ------------------------------------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        waiting: deque[events.Event] = deque([event])
        while waiting:
            hooks: list[commands.StartHook] = []
            for command in self.layer.handle_event(waiting.popleft()):
                self._obey(command, hooks, waiting)
            for hook in hooks:
                self._run(hook)
                if hook.blocking:
                    waiting.append(events.HookCompleted(hook, None))

    def _obey(self, command: commands.Command, hooks: list[commands.StartHook], waiting: deque[events.Event]) -> None:
        match command:
            case commands.StartHook():
                hooks.append(command)
            case commands.OpenConnection():
                waiting.extend(self._open(command))
            case commands.SendData():
                self._send(command.connection, command.data)
            case commands.CloseConnection():
                waiting.extend(self._close(command.connection))
            case commands.RequestWakeup():
                self.wakeups.append((self.clock() + command.delay, command))

    def _open(self, command: commands.OpenConnection) -> list[events.Event]:
        assert isinstance(command.connection, Server)
        self.opened.append(command.connection)
        outcome = self.reach(command.connection)
        if outcome == LATER:
            self.pending[command.connection] = command
            return []
        return [self._completed(command, outcome)]

    def _completed(self, command: commands.OpenConnection, error: str | None) -> events.OpenConnectionCompleted:
        server = command.connection
        server.error, server.state = error, ConnectionState.CLOSED if error else ConnectionState.OPEN
        server.peername, server.sockname = server.address, ("127.0.0.1", 40000 + len(self.opened))
        return events.OpenConnectionCompleted(command, error)

    def _send(self, connection: Connection, data: bytes) -> None:
        if isinstance(connection, Server):
            self.sent[connection] += data
        else:
            self.said += data

    def _close(self, connection: Connection) -> list[events.Event]:
        if connection in self.pending:
            self.closed.append(connection)
            return [self._completed(self.pending.pop(connection), "closed by command")]
        if connection.state is ConnectionState.CLOSED:
            return []
        self.closed.append(connection)
        connection.state = ConnectionState.CLOSED
        return [events.ConnectionClosed(connection)]

    def _run(self, hook: commands.StartHook) -> None:
        self.hooks.append(hook.name)
        flow = hook.args()[0]
        if hasattr(flow, "request") and flow not in self.flows:
            self.flows.append(flow)
        call = getattr(self.addon, hook.name, None)
        if call is None or hook.name in self.mute:
            return
        found = call(*hook.args())
        if inspect.isawaitable(found):
            self.loop.run_until_complete(found)
