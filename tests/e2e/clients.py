"""Other people's programs, run as they are: openai for Python and Node, and curl. Knows no gateway's insides.

A script prints what it saw as JSON on its last line; `seen` hands that back. `through` says which door it takes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.server import PROXIES, Gateway
from tests.services import NODE_MODULES, needed

SECONDS = 60


def by_base_url(gateway: Gateway, token: str = "") -> dict[str, str]:
    """The environment of a program that can be told where to go."""
    return {"OPENAI_BASE_URL": gateway.base_url, "OPENAI_API_KEY": token or gateway.token}


def by_proxy(gateway: Gateway, folder: Path, token: str = "") -> dict[str, str]:
    """The environment of one that cannot: a proxy, and a bundle of certificates that the gateway hands out."""
    bundle = folder / "ca-bundle.pem"
    bundle.write_bytes(httpx.get(f"{gateway.url}/ca-bundle.pem", trust_env=False).raise_for_status().content)
    names = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
    proxy = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), gateway.url)
    return {**proxy, **dict.fromkeys(names, str(bundle)), "OPENAI_API_KEY": token or gateway.token}


def run_python(script: str, through: Mapping[str, str]) -> str:
    """What a Python program with the newest openai, anthropic, google-genai and cozepy printed."""
    return _run([needed("clients"), "-W", "error::UserWarning", "-c", script], through)


def run_node(script: str, through: Mapping[str, str]) -> str:
    """The same for Node, as a module: `import OpenAI from "openai"`, `import { ProxyAgent } from "undici"`."""
    node = needed("node")
    path = NODE_MODULES.parent / f"script-{os.getpid()}-{abs(hash(script))}.mjs"
    path.write_text(script, encoding="utf-8")
    try:
        return _run([node, str(path)], through)
    finally:
        path.unlink()


def run_curl(through: Mapping[str, str], *arguments: str) -> str:
    return _run([needed("curl"), "--silent", "--show-error", "--max-time", "30", *arguments], through)


def seen(output: str) -> Any:
    """The JSON on the last line."""
    return json.loads(output.splitlines()[-1])


def _run(command: list[str], through: Mapping[str, str]) -> str:
    unwanted = {*PROXIES, *(name.lower() for name in PROXIES), "OPENAI_BASE_URL", "OPENAI_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and "COV" not in name}
    done = subprocess.run(
        command, env={**kept, **through}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stderr[-3000:]}"
    return done.stdout
