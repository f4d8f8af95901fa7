"""class OneAPI: mitmproxy's hooks, each a few lines: read the flow, call what decides, write the flow.

Must not know formats, SQL or Flask. A flow is claimed by the stream class (`stream.py`) before any hook sees it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakSet

from mitmproxy import connection, ctx, http, tls
from mitmproxy.proxy import mode_specs, server_hooks

from addon import doors, front, stream, talking
from addon.attempts import Send
from addon.delivery import steadfast
from addon.errors import CannotStart
from addon.exchange import Exchange, State, Visit, visits
from addon.hooktable import HookTable
from addon.identity import new_request_id
from addon.messages import broken_response, redact
from addon.pages import Pages
from addon.realtime import Session
from addon.routes import route_direct, route_intercepted
from addon.services import Services
from addon.settlement import came_by, closing

logger = logging.getLogger(__name__)

UPSTREAM_CONNECTIONS = 200
REFRESH_SECONDS = 0.5
SWEEP_SECONDS = 10.0
SWEEP_OWN_AFTER_SECONDS = 60.0
KEPT_MESSAGES = 100
"""Of a WebSocket, for people to look at: an hour of talk is some hundred MB."""


Ends = tuple[tuple[str, int], tuple[str, int]]
"""Our end and theirs of a connection."""


class OneAPI:
    """`open_services` and `make_pages` are called once, when mitmproxy runs; `make_pages` gets the services and a
    function that tells where this relay listens."""

    def __init__(
        self, open_services: Callable[[], Services], make_pages: Callable[[Services, Callable[[], str]], Pages]
    ) -> None:
        self.open_services = open_services
        self.make_pages = make_pages
        self.services: Services | None = None
        self.pages: Pages | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self.table: HookTable | None = None
        self.proxy_credentials: WeakKeyDictionary[connection.Client, str] = WeakKeyDictionary()
        self.flows_of: WeakKeyDictionary[connection.Client, WeakSet[http.HTTPFlow]] = WeakKeyDictionary()
        self.outgoing: set[Ends] = set()

    # -- life ---------------------------------------------------------------------------------------------------

    def load(self, loader: object) -> None:
        """Claims from the first connection on: a request that comes before we are ready is refused, never passed on."""
        stream.install(self)
        self.table = HookTable(ctx.master.addons)
        self.table.install()

    def running(self) -> None:
        """Not a coroutine: mitmproxy would refuse to call it when it reloads the script. Until all is open nobody is
        answered, which takes no longer than opening it in a thread."""
        # Eager would connect to api.openai.com before we have said where a request goes (MITMPROXY.md, M5).
        ctx.options.update(connection_strategy="lazy")
        try:
            services = self.open_services()
        except CannotStart as error:
            # mitmproxy ends with status 1 when an error has been logged by the end of its start.
            logger.error("%s", error)
            return
        self.pages = self.make_pages(services, self.own_url)
        self.services = services
        self.tasks = [asyncio.create_task(self.refresh(services)), asyncio.create_task(self.keep_books(services))]

    def done(self) -> None:
        """Not a coroutine: mitmproxy calls it so when it reloads the script, and nothing may come in between."""
        stream.uninstall(self)
        if self.table is not None:
            self.table.uninstall()
        for task in self.tasks:
            task.cancel()
        if self.pages is not None:
            self.pages.close()
        if self.services is not None:
            self.services.close()

    async def refresh(self, services: Services) -> None:
        """Swaps the snapshot when the rules have moved; an edit is live within a second."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await asyncio.to_thread(services.snapshots.refresh_if_moved)
            except Exception:
                # The database may be away for a while: the relay goes on with the picture it has.
                logger.exception("the rules could not be read")

    async def keep_books(self, services: Services) -> None:
        """Releases what dead processes, or crashed exchanges of ours, still hold."""
        while True:
            try:
                living = {exchange.id for exchange in self.open_exchanges()}
                await asyncio.wrap_future(services.ledger.sweep())
                await asyncio.wrap_future(services.ledger.sweep_own(living, time.time() - SWEEP_OWN_AFTER_SECONDS))
            except Exception:
                # As above: what is left over is swept when the database is back.
                logger.exception("the ledger could not be swept")
            await asyncio.sleep(SWEEP_SECONDS)

    def open_exchanges(self) -> list[Exchange]:
        found = [visit.exchange for visit in list(visits.values())]
        return [exchange for exchange in found if exchange is not None and exchange.state is not State.CLOSED]

    def listening(self) -> list[tuple[str, int]]:
        proxyserver = ctx.master.addons.get("proxyserver")
        return [(address[0], address[1]) for address in proxyserver.listen_addrs()]

    def own_ports(self) -> list[int]:
        """The ports that nobody is connected to on behalf of a client: the relay's, and mitmweb's own pages."""
        web = getattr(ctx.options, "web_port", None)
        return [port for _, port in self.listening()] + ([web] if web else [])

    def own_url(self) -> str:
        """Where the pages reach this relay: always over loopback."""
        host, port = self.listening()[0]
        loopback = "[::1]" if host in ("::1",) else host if host.startswith("127.") else "127.0.0.1"
        return f"http://{loopback}:{port}"

    # -- the gate -----------------------------------------------------------------------------------------------

    def claim(self, claimed: http.HTTPFlow, direct: bool, listed_name: str) -> Visit | None:
        request, client = claimed.request, claimed.client_conn
        if not direct and not doors.is_listed(listed_name) and not doors.is_listed(client.sni):
            return None
        route = (route_direct if direct else route_intercepted)(request.method, request.path)
        visit = Visit(
            id=new_request_id(),
            route=route,
            peer=client.peername[0],
            host=request.headers.get("host", ""),
            direct=direct,
            began=time.monotonic(),
            http_version=request.http_version,
            proxy_credential=self.proxy_credentials.get(client, "")
            or doors.proxy_token(request.headers.get("proxy-authorization")),
            headers=tuple(request.headers.items(multi=True)),
            target=request.path,
        )
        redact(request)
        visits[claimed] = visit
        self.flows_of.setdefault(client, WeakSet()).add(claimed)
        return visit

    # -- connections --------------------------------------------------------------------------------------------

    def client_connected(self, client: connection.Client) -> None:
        """mitmproxy allows five connections per client and upstream; an HTTP/2 client can need many more. No event of
        theirs may get lost."""
        handler = ctx.master.addons.get("proxyserver").connections.get(client.id)
        if handler is not None:
            handler.max_conns = defaultdict(lambda: asyncio.Semaphore(UPSTREAM_CONNECTIONS))
            handler.server_event = steadfast(handler.server_event)

    def client_disconnected(self, client: connection.Client) -> None:
        """The last chance to settle: a crash inside mitmproxy itself fires no hook of the flow."""
        for flow in list(self.flows_of.pop(client, ())):
            self.settle(flow, client_left=True)

    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """The proxy door: who may use it, and never to ourselves."""
        credential = doors.proxy_token(flow.request.headers.pop("proxy-authorization", None))
        if credential:
            self.proxy_credentials[flow.client_conn] = credential
        flow.response = await front.proxy_refusal(self, flow, credential)

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A plain request through the proxy door that is not ours."""
        if flow in visits or front.is_tunnelled(flow):
            return
        credential = doors.proxy_token(flow.request.headers.pop("proxy-authorization", None))
        flow.response = await front.proxy_refusal(self, flow, credential)
        if flow.response is not None:
            flow.request.stream = False

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """Hosts that are not LLM hosts are tunnelled undecrypted. TLS to our own port has no address yet: HTTP/1.1 only
        there, because an HTTP/2 request names a host, and that is how proxied requests are known."""
        address = data.context.server.address
        if address is None:
            data.context.client.alpn = b"http/1.1"
        elif not doors.is_listed(address[0]) and not doors.is_listed(data.client_hello.sni):
            data.ignore_connection = True

    async def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """The second line: whatever led here, nobody is connected to a port of ours. SOCKS shows us no credentials."""
        socks = isinstance(data.client.proxy_mode, mode_specs.Socks5Mode)
        if socks and not doors.is_loopback(data.client.peername[0]) and not ctx.options.proxyauth:
            data.server.error = "SOCKS clients on other machines need mitmproxy's proxyauth"
        address = data.server.address
        if address and await doors.reaches_us(address[0], address[1], self.own_ports()):
            data.server.error = "the address leads back to this gateway"

        if address and self.wants_socket(data.client, address):
            data.server.alpn_offers = [b"http/1.1"]

    def wants_socket(self, client: connection.Client, address: tuple[str, int]) -> bool:
        """Is this connection made for a WebSocket? mitmproxy would offer HTTP/2, which has none, if the client did."""
        for flow in list(self.flows_of.get(client, ())):
            exchange = visits[flow].exchange if flow in visits else None
            asked = isinstance(exchange.step, Send) and exchange.step.outbound.upgrade if exchange else False
            if asked and (flow.request.host, flow.request.port) == address[:2]:
                return True
        return False

    def server_connected(self, data: server_hooks.ServerConnectionHookData) -> None:
        self.outgoing.add(ends_of(data.server))

    def server_disconnected(self, data: server_hooks.ServerConnectionHookData) -> None:
        self.outgoing.discard(ends_of(data.server))

    def comes_from_us(self, client: connection.Client) -> bool:
        """Is this client one of our own upstream connections? Holds whatever name or notation led to us.

        Both ends are compared: a port number of ours is given out again for connections that go elsewhere.
        """
        return (client.peername[:2], client.sockname[:2]) in self.outgoing

    # -- requests -----------------------------------------------------------------------------------------------

    async def request(self, flow: http.HTTPFlow) -> None:
        visit = visits.get(flow)
        if visit is None or flow.response or flow.error or not flow.live:
            return
        try:
            flow.response = await front.serve(self, flow, visit)
            if visit.exchange is not None and self.services is not None:
                visit.exchange.patience = self.services.patience
        except Exception:
            # The first boundary (MITMPROXY.md, M1): a hook that raises lets the flow go on to the original host.
            # An exchange that was ready all the same is settled when this response is sent, and its hold released.
            logger.exception("request %s: the hook has crashed", visit.id)
            flow.response = broken_response(visit, 500, "internal error: the request was not sent anywhere")

    async def responseheaders(self, flow: http.HTTPFlow) -> None:
        visit = visits.get(flow)
        if visit is not None and visit.exchange is not None:
            await front.finish(flow, visit, visit.exchange)

    def response(self, flow: http.HTTPFlow) -> None:
        """A WebSocket has only begun with its 101."""
        if flow.websocket is None:
            self.settle(flow, client_left=False)

    async def websocket_message(self, flow: http.HTTPFlow) -> None:
        visit = visits.get(flow)
        if visit is None or visit.exchange is None or self.services is None or flow.websocket is None:
            return
        message = flow.websocket.messages[-1]
        if talking.is_ended(visit.exchange):
            message.drop()
        else:  # bytes as well: some servers take, or send, their JSON so
            message.content = await talking.passed(self.services, visit.exchange, message.from_client, message.content)
        del flow.websocket.messages[:-KEPT_MESSAGES]

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        visit, ended = visits.get(flow), flow.websocket
        session = visit.exchange.live if visit is not None and visit.exchange is not None else None
        if not isinstance(session, Session) or ended is None:
            return
        session.closed(bool(ended.closed_by_client), ended.close_code)
        self.settle(flow, client_left=bool(ended.closed_by_client) and not session.finished)

    def error(self, flow: http.HTTPFlow) -> None:
        self.settle(flow, client_left=True)

    def settle(self, flow: http.HTTPFlow, client_left: bool) -> None:
        visit = visits.get(flow)
        if visit is None or visit.exchange is None or self.services is None:
            return
        exchange = visit.exchange
        if not exchange.close():
            return
        crashed = flow.error is not None and flow.error.msg == "internal error"
        end = closing(exchange, exchange.clock(), client_left and not crashed, crashed)
        end = came_by(end, visit.direct, visit.headers)
        front.settle(self.services, exchange, end)
        front.remark(flow, end)


def ends_of(server: connection.Server) -> Ends:
    """Our end and theirs of an upstream connection, without IPv6's flow and scope."""
    own, theirs = server.sockname or ("", 0), server.peername or ("", 0)
    return (own[0], own[1]), (theirs[0], theirs[1])
