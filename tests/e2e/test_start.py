"""Starting: what the command offers and prints, how soon it is ready, and one clear line when it cannot start."""

from __future__ import annotations

import math
import os
import re
import socket
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from addon.settings import SETTINGS
from scripts.fake_provider import FakeProvider
from tests.e2e.books import eventually
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import (
    ACCESS_TOKEN,
    BIN,
    ROOT,
    ROOT_KEY,
    ROOT_PASSWORD,
    ROOT_TOKEN,
    Gateway,
    end,
    environment,
    free_port,
    running_oneapi,
)

# Seconds; a start whose coverage is measured takes half as long again.
READY_WITHIN = 5.0 if "COVERAGE_PROCESS_CONFIG" in os.environ else 3.0


def run(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, program: str = "oneapi"
) -> tuple[int, str]:
    """The exit status and all that was printed; a program that starts after all is ended."""
    process = subprocess.Popen(
        [str(BIN / program), *arguments],
        env=environment(folder / "data", {"PORT": "", **(env or {})}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        printed, _ = process.communicate(timeout=40)
    finally:
        end(process)
    return process.returncode, printed


def test_help_names_the_options_and_the_environment(tmp_path: Path) -> None:
    status, printed = run(tmp_path, "--help")
    assert status == 0
    for option in ("--host", "--port", "--log-dir", "--version"):
        assert option in printed
    for setting in SETTINGS:
        assert setting.name in printed


def test_version_is_the_packages(tmp_path: Path) -> None:
    assert run(tmp_path, "--version") == (0, f"{version('oneapi-mitmproxy')}\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that one gateway after the other uses."""
    return tmp_path_factory.mktemp("home")


def test_the_second_start_is_quick_and_prints_what_a_newcomer_needs(home: Path) -> None:
    began = time.monotonic()
    with running_oneapi({"INITIAL_ROOT_PASSWORD": ""}, data_dir=home):
        first = time.monotonic() - began
    began, port = time.monotonic(), free_port()
    with running_oneapi(
        {"INITIAL_ROOT_PASSWORD": ""}, ["--log-dir", str(home / "logs")], data_dir=home, port=port
    ) as it:
        second, worked = time.monotonic() - began, processor_seconds(it.process.pid)
        printed = it.output()
        for promised in (
            f"Pages       http://127.0.0.1:{port}/ ",
            f"Base URL    http://127.0.0.1:{port}/v1",
            f"Proxy       http://127.0.0.1:{port} ",
            "HTTPS_PROXY",
            f"Certificate {home}/ca/mitmproxy-ca-cert.pem",
            f"http://127.0.0.1:{port}/ca.pem",
            "log in as root",
            "123456",
            f"Data        {home}",
        ):
            assert promised in printed, promised
        assert (home / "ca" / "mitmproxy-ca-cert.pem").is_file()
        assert (home / "logs" / "oneapi.log").is_file()
    print(f"ready after {first:.2f} s the first time, {second:.2f} s the second ({worked:.2f} s of the processor's)")
    # Other tests may keep the machine busy: then what counts is what the start itself costs.
    assert min(second, worked) < READY_WITHIN, f"{second:.2f} s, of which it had the processor for {worked:.2f} s"


def processor_seconds(pid: int) -> float:
    """What a process has used so far, where the system tells (Linux)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return math.inf
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_the_initial_root_settings_work_and_are_for_the_first_start_only(home: Path, tmp_path: Path) -> None:
    with running_oneapi(data_dir=tmp_path) as fresh:
        assert "INITIAL_ROOT_PASSWORD" in fresh.output()
        assert fresh.api("GET", "/user/self")["username"] == "root"
        assert httpx.get(f"{fresh.base_url}/models", headers=bearer(ROOT_TOKEN), trust_env=False).status_code == 200
        assert log_in(fresh, ROOT_PASSWORD)["success"] is True
        assert log_in(fresh, "123456")["success"] is False
    other = {"INITIAL_ROOT_PASSWORD": "fake-other-password", "INITIAL_ROOT_TOKEN": "fakeother"}
    with running_oneapi(other, data_dir=tmp_path) as again:
        assert log_in(again, ROOT_PASSWORD)["success"] is True
        assert log_in(again, "fake-other-password")["success"] is False
        assert httpx.get(f"{again.base_url}/models", headers=bearer("sk-fakeother"), trust_env=False).status_code == 401


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def log_in(gateway: Gateway, password: str) -> dict[str, object]:
    sent = {"username": "root", "password": password}
    return dict(httpx.post(f"{gateway.url}/api/user/login", json=sent, trust_env=False).json())


def test_a_port_that_is_taken_is_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, printed = run(tmp_path, "--port", str(port))
    assert (status, printed) == (
        1,
        f"oneapi: cannot listen on 127.0.0.1:{port} (Address already in use); choose another with --host or --port\n",
    )


# arguments, environment, what the one line says; {closed} is a port that refuses
WRONG: dict[str, tuple[list[str], dict[str, str], str]] = {
    "port": (["--port", "many"], {}, "the port (--port, or PORT) must be a number from 1 to 65535, not 'many'"),
    "PORT": ([], {"PORT": "70000"}, "the port (--port, or PORT) must be a number from 1 to 65535, not '70000'"),
    "host": (["--host", "no-such-host.invalid"], {}, "cannot listen on no-such-host.invalid:"),
    "dsn": ([], {"SQL_DSN": "nonsense"}, "user:password@tcp(host:3306)/database"),
    "mysql": ([], {"SQL_DSN": "me:fake-secret@tcp(127.0.0.1:{closed})/x"}, "the mysql database cannot be used"),
    "postgres": (
        [],
        {"SQL_DSN": "postgres://me:fake-secret@127.0.0.1:{closed}/x"},
        "the postgres database cannot be used",
    ),
    "sqlite": ([], {"SQLITE_PATH": "/dev/null/x.db"}, "/dev/null/x.db cannot be made"),
    "number": ([], {"SQLITE_BUSY_TIMEOUT": "long"}, "SQLITE_BUSY_TIMEOUT must be a whole number, not 'long'"),
    "data": ([], {"ONEAPI_DATA_DIR": "/dev/null/data"}, "the data directory /dev/null/data cannot be written"),
    "logs": (["--log-dir", "/dev/null/logs"], {}, "the log directory /dev/null/logs cannot be written"),
    "key": ([], {"ONEAPI_SECRET_KEY": "short"}, "ONEAPI_SECRET_KEY"),
    "password": ([], {"INITIAL_ROOT_PASSWORD": "short"}, "INITIAL_ROOT_PASSWORD: "),
    "token": ([], {"INITIAL_ROOT_TOKEN": "with-dash"}, "INITIAL_ROOT_TOKEN"),
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """What the command did in each case; several at once, each is a process that must load everything."""

    def attempt(name: str) -> tuple[int, str]:
        arguments, env, _ = WRONG[name]
        given = {key: value.replace("{closed}", closed) for key, value in env.items()}
        port = [] if "--port" in arguments else ["--port", str(free_port())]
        return run(tmp_path_factory.mktemp(name), *port, *arguments, env=given)

    with socket.socket() as bound, ThreadPoolExecutor(4) as pool:
        bound.bind(("127.0.0.1", 0))
        closed = str(bound.getsockname()[1])
        return dict(zip(WRONG, pool.map(attempt, WRONG), strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_and_status_1(refusals: dict[str, tuple[int, str]], name: str) -> None:
    status, printed = refusals[name]
    (line,) = [line for line in printed.splitlines() if " INFO " not in line]
    assert status == 1
    assert line.startswith("oneapi: ")
    assert WRONG[name][2] in line
    assert "fake-secret" not in printed


def test_another_key_than_the_databases_is_one_line_and_status_1(home: Path) -> None:
    status, printed = run(home, env={"ONEAPI_SECRET_KEY": "k" * 40, "ONEAPI_DATA_DIR": str(home)})
    assert status == 1
    assert printed.startswith("oneapi: the secrets in the database were sealed with another key")
    assert "Traceback" not in printed


def test_mitmdump_ends_with_status_1_as_well(tmp_path: Path) -> None:
    script = ["-s", str(ROOT / "addon" / "oneapi.py"), "--set", f"confdir={tmp_path}/ca"]
    arguments = ["--listen-host", "127.0.0.1", "--listen-port", str(free_port()), *script]
    status, printed = run(tmp_path, *arguments, env={"SQL_DSN": "nonsense"}, program="mitmdump")
    assert status == 1
    assert "user:password@tcp(host:3306)/database" in printed
    assert "Traceback" not in printed


def test_the_log_has_one_line_for_each_exchange_and_no_secret(tmp_path: Path, provider: FakeProvider) -> None:
    logs = tmp_path / "logs"
    with running_oneapi(args=["--log-dir", str(logs)], data_dir=tmp_path) as gateway:
        gateway.add_channel(key=UPSTREAM_KEY, base_url=provider.url, models=["gpt-4o", "fake-500"])
        gateway.await_models("fake-500")
        replies = [gateway.chat(model, "a body of mine") for model in ("gpt-4o", "fake-500", "gpt-4o")]
        refused = [gateway.chat(token="sk-fake-unknown"), gateway.chat("no-such-model", "a body of mine")]
        log_in(gateway, ROOT_PASSWORD)
        file = logs / "oneapi.log"
        eventually(lambda: file.read_text("utf-8").count("addon.exchanges"), lambda count: count == 3)
        written = file.read_text("utf-8") + gateway.output()
    for reply in replies:
        lines = [line for line in file.read_text("utf-8").splitlines() if reply.headers["x-request-id"] in line]
        assert len(lines) == 1
        assert re.search(rf"INFO addon.exchanges: \d+ {reply.status_code} .* model=\S+ channel=1 quota=\d+", lines[0])
    for reply in refused:
        assert file.read_text("utf-8").count(reply.headers["x-request-id"]) == 1
    for secret in (
        UPSTREAM_KEY,
        ROOT_KEY,
        ACCESS_TOKEN,
        ROOT_PASSWORD,
        "sk-fake-unknown",
        "a body of mine",
        "You said",
    ):
        assert secret not in written


def test_serve_sets_up_nothing_when_all_is_there(tmp_path: Path) -> None:
    """`./scripts/serve` is the command, from any folder; it takes the same options."""
    process = subprocess.run(
        [str(ROOT / "scripts" / "serve"), "--version"],
        cwd=tmp_path,
        env={**os.environ, "ONEAPI_PYTHON": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (process.returncode, process.stdout) == (0, f"{version('oneapi-mitmproxy')}\n")
