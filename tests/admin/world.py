"""The admin app with a database of its own, and a relay that plays `/internal/*`, for the tests of this folder."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from admin import create_app
from admin.config import AdminConfig
from admin.stores import Stores
from rules.database import Database, connect
from rules.first_start import create_root
from rules.tickets import TicketStore
from rules.values import Role, UserRecord
from rules.vault import Vault

PASSWORD = "a fake password"
DEFAULT = "123456"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
CHANNEL = {"type": 1, "name": "one", "key": "sk-fake-upstream", "models": "gpt-4o,gpt-3.5-turbo", "group": "default"}


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once per test run, not once per app."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


@dataclass
class World:
    app: Flask
    database: Database
    vault: Vault
    relay: Relay
    folder: Path

    @property
    def stores(self) -> Stores:
        found: Stores = self.app.extensions["stores"]
        return found

    @property
    def root(self) -> UserRecord:
        found = self.stores.users.find("root")
        assert found is not None
        return found

    def user(self, name: str = "alice", role: Role = Role.COMMON) -> UserRecord:
        made = self.stores.users.create({"username": name, "password": PASSWORD})
        return self.stores.users.update(made.id, {"role": int(role)}) if role != Role.COMMON else made

    def browser(self, name: str = "", password: str = PASSWORD, **environ: str) -> Browser:
        """A client that sends what browsers send; logged in if a name is given."""
        client = Browser(self.app.test_client(), environ)
        if name:
            reply = client.post("/login", data={"username": name, "password": password})
            assert reply.status_code == 303, reply.get_data(as_text=True)
        return client

    def program(self, user: UserRecord) -> Program:
        """A client with an access token and no cookie."""
        return Program(self.app.test_client(use_cookies=False), self.stores.users.new_access_token(user.id))

    def channel(self, **fields: Any) -> int:
        return self.stores.channels.create({**CHANNEL, **fields})[0]


@dataclass
class Browser:
    client: FlaskClient
    environ: dict[str, str]

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        headers = SAME_ORIGIN | more.pop("headers", {})
        return self.client.post(path, headers=headers, environ_overrides=self.environ, **more)

    def text(self, path: str, **more: Any) -> str:
        reply = self.get(path, **more)
        assert reply.status_code == 200, (path, reply.status_code, reply.headers.get("Location"))
        return reply.get_data(as_text=True)


@dataclass
class Program:
    client: FlaskClient
    token: str

    def call(self, method: str, path: str, body: Any = None, language: str = "") -> Any:
        """The parsed answer; `body` is sent as JSON."""
        return self.ask(method, path, body, language).get_json()

    def ask(self, method: str, path: str, body: Any = None, language: str = "") -> TestResponse:
        headers = {"Authorization": self.token} | ({"Accept-Language": language} if language else {})
        more = {} if body is None else {"json": body}
        return self.client.open(path, method=method, headers=headers, **more)


@dataclass
class Relay:
    """Plays the relay's side of a question; redeems the ticket, as the real one does. `answer` is that of a test,
    `told` those of the others."""

    tickets: TicketStore
    answer: dict[str, Any] = field(
        default_factory=lambda: {"success": True, "message": "Hello!", "time": 0.25, "modelName": "gpt-4o"}
    )
    told: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "balance": {"success": True, "message": "", "balance": "12.50", "currency": "CNY"},
            "models": {"success": True, "message": "", "models": [{"id": "b", "about": "Bee"}, {"id": "a"}]},
            "key": {"success": True, "message": ""},
        }
    )
    status: int = 200
    raw: bytes = b""
    delay: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                purpose = self.path.removeprefix("/internal/")
                payload = relay.tickets.redeem(self.headers["X-Oneapi-Ticket"], purpose)
                good = payload in (json.loads(raw), {"digest": hashlib.sha256(raw).hexdigest()})
                relay.asked.append({"path": self.path, "sent": json.loads(raw), "payload": payload, "good": good})
                time.sleep(relay.delay)
                body = relay.raw or json.dumps(relay.told.get(purpose, relay.answer)).encode()
                self.send_response(relay.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def make_world(folder: Path, password: str = PASSWORD, **config: Any) -> World:
    """`password` is root's; "" leaves the default one."""
    database = connect(data_dir=folder)
    database.migrate()
    vault = Vault(b"a fake key for the admin's tests")
    create_root(database, vault, password)
    certificate = folder / "ca.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----\n")
    relay = Relay(TicketStore(database, vault))
    asked = {
        "relay_url": lambda: relay.url,
        "ca_cert": lambda: certificate,
        **config,
    }
    settings = AdminConfig(database=database, vault=vault, version="1.2.3", start_time=1700, data_dir=folder, **asked)
    app = create_app(settings)
    app.jinja_env.bytecode_cache = COMPILED
    return World(app, database, vault, relay, folder)
