"""Others' gateways beside ours, where they are installed: LiteLLM's proxy and Portkey's gateway, on loopback upstreams.

Nothing is installed or fetched here. Must not know what is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from scripts.benchmark.cases import CLAUDE, MODEL, Case
from scripts.benchmark.targets import TOKEN, Place, Target
from tests.e2e.server import environment, free_port

LITELLM, PORTKEY = "LiteLLM", "Portkey"
HOW = {
    "litellm": "pip install 'litellm[proxy]' in an environment of its own, then --with litellm=/path/to/bin/litellm",
    "portkey": "npm install @portkey-ai/gateway, then --with portkey=/path/to/node_modules/.bin/gateway",
}
PATIENCE = 120.0
"""Seconds that one of them may take to start."""


def programs(named: list[str], quick: bool) -> dict[str, str]:
    """Who is compared, and which program that is. A quick look takes only those that are named."""
    asked = dict(one.partition("=")[::2] for one in named)
    if unknown := asked.keys() - HOW.keys():
        raise SystemExit(f"--with knows {', '.join(HOW)}, not {', '.join(sorted(unknown))}")
    if not quick:
        asked.setdefault("litellm", "")
    found = {name: path or shutil.which(name) or "" for name, path in asked.items()}
    for name, how in HOW.items():
        if not found.get(name):
            print(f"not compared: {name} ({how})", file=sys.stderr)
    return {name: path for name, path in found.items() if path}


def started_others(stack: contextlib.ExitStack, upstream: int, chosen: argparse.Namespace) -> list[Target]:
    starts: dict[str, Callable[[str, int], contextlib.AbstractContextManager[Target]]]
    starts = {"litellm": running_litellm, "portkey": running_portkey}
    found = programs(chosen.others, chosen.quick)
    return [stack.enter_context(starts[name](path, upstream)) for name, path in found.items()]


def litellm_config(upstream: int) -> str:
    """JSON, which is YAML as well. https://docs.litellm.ai/docs/proxy/configs"""
    address = f"http://127.0.0.1:{upstream}"
    openai = {"model": f"openai/{MODEL}", "api_base": f"{address}/v1", "api_key": "fake"}
    anthropic = {"model": f"anthropic/{CLAUDE}", "api_base": address, "api_key": "fake"}
    models = [{"model_name": name, "litellm_params": one} for name, one in ((MODEL, openai), (CLAUDE, anthropic))]
    return json.dumps({"model_list": models, "general_settings": {"master_key": TOKEN}})


@contextlib.contextmanager
def running_litellm(program: str, upstream: int) -> Iterator[Target]:
    """One worker, authenticated by its master key; without a database it bills and logs nothing."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="oneapi-bench-") as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(litellm_config(upstream))
        command = [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
        # It would fetch its table of prices at the start.
        with _running(command, Path(folder), port, "/health/liveliness", LITELLM_LOCAL_MODEL_COST_MAP="True") as pid:
            yield Target(LITELLM, Place(port, pid), Place(port, pid), translates=True)


@contextlib.contextmanager
def running_portkey(program: str, upstream: int) -> Iterator[Target]:
    """Who is asked stands in each request's headers. https://portkey.ai/docs/api-reference/inference-api/headers"""
    port = free_port()

    def headers(case: Case) -> dict[str, str]:
        provider = "anthropic" if case.anthropic else "openai"
        return {"x-portkey-provider": provider, "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1"}

    with tempfile.TemporaryDirectory(prefix="oneapi-bench-") as folder:
        command = [program, f"--port={port}", "--headless"]
        with _running(command, Path(folder), port, "/") as pid:
            place = Place(port, pid)
            yield Target(PORTKEY, place, place, translates=True, headers=headers)


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int, ready: str, **more: str) -> Iterator[int]:
    """Its process id. It gets a group of its own, since it may start further processes."""
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder, more),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{ready}", log)
        yield process.pid
    finally:
        _end_group(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"{process.args!r} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
