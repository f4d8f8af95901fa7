"""Starts the real thing for a test: the `oneapi` command or mitmdump with our addon, on free loopback ports.

Knows command lines, environment variables and the management API; imports nothing of the product.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

ROOT_PASSWORD = "fake-root-password"
ROOT_KEY = "fakerootkey0000000000000000000000"
ROOT_TOKEN = f"sk-{ROOT_KEY}"
ACCESS_TOKEN = "fa4efa4efa4efa4efa4efa4efa4efa4e"

# What the developer's own shell may hold and a test must not see.
FOREIGN = ("SQL_DSN", "LOG_SQL_DSN", "REDIS_CONN_STRING", "SSL_CERT_FILE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class DidNotStart(Exception):
    """The process ended, or was not ready in time; carries the end of what it printed."""


@dataclass(slots=True)
class Gateway:
    """A running gateway: its address, root's own sk- key, and the access token for the management API."""

    port: int
    process: subprocess.Popen[bytes]
    data_dir: Path
    log: Path
    token: str = ROOT_TOKEN
    access_token: str = ACCESS_TOKEN
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30), repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What an OpenAI client is given."""
        return f"{self.url}/v1"

    @property
    def confdir(self) -> Path:
        """Where a mitmdump has its certificate authority."""
        return self.log.parent / "mitmproxy"

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def api(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The `data` of a management call; an answer without success fails the test."""
        headers = {"authorization": self.access_token}
        reply = self._client.request(method, f"{self.url}/api{path}", json=body, params=params, headers=headers)
        value = reply.json()
        assert value.get("success") is True, f"{method} /api{path}: {reply.status_code} {value}"
        return value.get("data")

    def add_channel(self, **fields: Any) -> int:
        """A new channel's id; `models` may be a list. It is live within a second: see `settle`, `await_models`."""
        name = fields.setdefault("name", f"channel-{time.monotonic_ns()}")
        models = fields.get("models", "gpt-4o")
        asked = {"type": 1, "key": "sk-fake-upstream", "group": "default", **fields}
        asked["models"] = models if isinstance(models, str) else ",".join(models)
        self.api("POST", "/channel/", asked)
        found = self.api("GET", "/channel/search", keyword=name)
        return max(int(one["id"]) for one in found if one["name"] == name)

    def add_token(self, **fields: Any) -> str:
        """A new token's sk- key."""
        asked = {"name": f"token-{time.monotonic_ns() % 10**9}", "expired_time": -1, "unlimited_quota": True, **fields}
        key = str(self.api("POST", "/token/", asked)["key"])
        return key if key.startswith("sk-") else f"sk-{key}"

    def settle(self) -> None:
        """Waits until an edit is live: the product promises a second."""
        time.sleep(1.1)

    def await_models(self, *models: str, seconds: float = 5) -> None:
        """Waits until root's token may use all of these."""
        deadline = time.monotonic() + seconds
        headers = {"authorization": f"Bearer {self.token}"}
        missing = set(models)
        while missing and time.monotonic() < deadline:
            time.sleep(0.05)
            reply = self._client.get(f"{self.base_url}/models", headers=headers)
            missing = set(models) - {one["id"] for one in reply.json().get("data", [])}
        assert not missing, f"not live after {seconds} s: {sorted(missing)}"

    def chat(self, model: str = "gpt-4o", text: str = "hello", token: str = "", **fields: Any) -> httpx.Response:
        """One plain chat completion through the base-URL door."""
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        headers = {"authorization": f"Bearer {token or self.token}"}
        return self._client.post(f"{self.base_url}/chat/completions", json=body, headers=headers)

    def stop(self) -> None:
        self._client.close()
        end(self.process)


@contextlib.contextmanager
def running_oneapi(
    env: Mapping[str, str] | None = None,
    args: Iterable[str] = (),
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    data_dir: Path | None = None,
) -> Iterator[Gateway]:
    """The `oneapi` command; a second one on the same data is given the same `data_dir` or SQL_DSN."""
    port = port or free_port()
    command = [str(BIN / "oneapi"), "--host", host, "--port", str(port), *args]
    with _running(command, port, env, data_dir) as gateway:
        yield gateway


@contextlib.contextmanager
def running_mitmdump(
    mode: str = "regular",
    env: Mapping[str, str] | None = None,
    args: Iterable[str] = (),
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    data_dir: Path | None = None,
    script: Path | None = ROOT / "addon" / "oneapi.py",
    ready: str = "/api/status",
    program: str = "mitmdump",
) -> Iterator[Gateway]:
    """`mitmdump -s addon/oneapi.py` in `mode` (regular, reverse:URL, upstream:URL); `script=None`: bare mitmdump.

    `ready` is the path that answers 200 when it is up; "" waits for the port only (in reverse mode a path is the
    origin's, unless that is a decrypted host).
    """
    port = port or free_port()
    command = [str(BIN / program), "--listen-host", host, "--listen-port", str(port), "--mode", mode]
    command += ["-s", str(script)] if script else []
    with _running([*command, *args], port, env, data_dir, ready if script else "", confdir=True) as gateway:
        yield gateway


@contextlib.contextmanager
def _running(
    command: list[str],
    port: int,
    env: Mapping[str, str] | None,
    data_dir: Path | None,
    ready: str = "/api/status",
    confdir: bool = False,
) -> Iterator[Gateway]:
    with tempfile.TemporaryDirectory(prefix="oneapi-test-", ignore_cleanup_errors=True) as folder:
        home = data_dir or Path(folder) / "data"
        home.mkdir(exist_ok=True, parents=True)
        log = Path(folder) / "output.log"
        command = [*command, "--set", f"confdir={folder}/mitmproxy"] if confdir else command
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=environment(home, env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        gateway = Gateway(port=port, process=process, data_dir=home, log=log)
        try:
            wait_until_ready(gateway, ready)
            yield gateway
        finally:
            gateway.stop()


def environment(data_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A clean environment with a known root user; `more` wins."""
    unwanted = {*FOREIGN, *PROXIES, *(name.lower() for name in PROXIES)}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    ours = {
        "ONEAPI_DATA_DIR": str(data_dir),
        "INITIAL_ROOT_PASSWORD": ROOT_PASSWORD,
        "INITIAL_ROOT_TOKEN": ROOT_KEY,
        "INITIAL_ROOT_ACCESS_TOKEN": ACCESS_TOKEN,
        "PYTHONUNBUFFERED": "1",
        # Tests ask broken channels again and again, and each wants them asked: see test_cooldown for the other.
        "CHANNEL_COOLDOWN": "0",
    }
    return {**kept, **ours, **(more or {})}


def wait_until_ready(gateway: Gateway, path: str = "/api/status", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if gateway.process.poll() is not None:
            raise DidNotStart(f"ended with {gateway.process.returncode}:\n{gateway.output()[-4000:]}")
        if _answers(gateway, path):
            return
        time.sleep(0.05)
    raise DidNotStart(f"not ready after {seconds} s:\n{gateway.output()[-4000:]}")


def _answers(gateway: Gateway, path: str) -> bool:
    try:
        if path:
            return httpx.get(gateway.url + path, timeout=2, trust_env=False).status_code == 200
        socket.create_connection(("127.0.0.1", gateway.port), timeout=2).close()
    except (httpx.TransportError, OSError):
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, insist."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
