"""What to paste into an app: three ways in, each with a light that goes on at its first request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request

from admin.i18n import gettext as _
from admin.pages.address import own_address, proxy_address
from admin.session import me, page_for
from admin.stores import stores
from rules.logs import LogFilter
from rules.values import LogRecord, LogType, Role, TokenRecord, TokenStatus

blueprint = Blueprint("connect", __name__, url_prefix="/connect")

WAYS = ("base", "proxy", "curl")
LOOKED_AT = 30
# OpenSSL and Go and Rust; Python's requests; Node.
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
NO_CHAT = re.compile(r"embed|whisper|tts|dall-e|image|moderation|rerank|instruct|realtime")
MOST_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    paste: str


@dataclass(frozen=True, slots=True)
class Recipe:
    title: str
    steps: tuple[Step, ...]


@blueprint.get("")
@page_for(Role.COMMON)
def show() -> str:
    tokens = stores().tokens.page(me().id, size=MOST_TOKENS).items
    wanted = request.args.get("token", 0, int)
    on = [token for token in tokens if token.status == TokenStatus.ENABLED]
    token = next((token for token in tokens if token.id == wanted), next(iter([*on, *tokens]), None))
    return render_template("connect.html", tokens=tokens, **(cards(token) if token else {"token": None}))


@blueprint.get("/light/<way>")
@page_for(Role.COMMON)
def light(way: str) -> str:
    """One light, for htmx: it asks again until it is on."""
    token = stores().tokens.get(me().id, request.args.get("token", 0, int))
    if way not in WAYS or token is None:
        abort(404)
    return render_template("connect_light.html", way=way, token=token, seen=lights(token)[way])


def cards(token: TokenRecord) -> dict[str, Any]:
    """What the cards' template needs."""
    return {
        "token": token,
        "model": model_for(token),
        "lights": lights(token),
        "address": own_address(),
        "python_example": python_example,
        "curl_example": curl_example,
        "proxy_recipes": proxy_recipes,
    }


def model_for(token: TokenRecord) -> str:
    """A model to chat with that this token may use now; names like gpt-4o before bot numbers."""
    chatting = [name for name in stores().channels.models() if not NO_CHAT.search(name)]
    offered = sorted(chatting, key=lambda name: (not name[0].isalpha(), name))
    allowed = [name for name in token.models.split(",") if name]
    return next(iter([name for name in allowed if name in offered] or allowed or offered), "gpt-4o-mini")


def lights(token: TokenRecord) -> Mapping[str, int]:
    """Way -> when the first of the latest requests came that way; 0: none yet."""
    which = LogFilter(user_id=token.user_id, token_name=token.name, type=LogType.CONSUME)
    rows = stores().logs.newest(which, LOOKED_AT)
    return {way: next((row.created_at for row in reversed(rows) if came_by(row, way)), 0) for way in WAYS}


def came_by(row: LogRecord, way: str) -> bool:
    """Rows that do not say which door they came through count for every way."""
    door, agent = row.detail.get("door"), str(row.detail.get("agent") or "")
    if door is None:
        return True
    if way == "proxy":
        return bool(door == "proxy")
    return door == "base" and agent.startswith("curl/") == (way == "curl")


def python_example(key: str, model: str) -> str:
    return f"""from openai import OpenAI

client = OpenAI(base_url="{own_address()}/v1", api_key="{key}")
stream = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello!"}}],
    stream=True,
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="", flush=True)"""


def curl_example(key: str, model: str) -> str:
    return f"""curl {own_address()}/v1/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}'"""


def proxy_recipes(key: str) -> list[Recipe]:
    """Proxy and certificate, per system."""
    own, proxy = own_address(), proxy_address(key)
    file = "oneapi-ca-bundle.pem"
    unix = "\n".join(
        (
            f"curl -o ~/{file} {own}/ca-bundle.pem",
            f"export HTTPS_PROXY={proxy}",
            *(f"export {name}=~/{file}" for name in CERTIFICATE_VARIABLES),
        )
    )
    windows = "\n".join(
        (
            f"Invoke-WebRequest {own}/ca-bundle.pem -OutFile $HOME\\{file}",
            f'$env:HTTPS_PROXY = "{proxy}"',
            *(f'$env:{name} = "$HOME\\{file}"' for name in CERTIFICATE_VARIABLES),
        )
    )
    run = _("In a terminal; then start the app from it:")
    trust = _(
        "A desktop app with the system's certificates: trust ours, then set the system's HTTPS proxy to %(proxy)s.",
        proxy=proxy,
    )
    return [
        Recipe("macOS", (Step(run, unix), Step(trust, trust_on_mac(own)))),
        Recipe("Linux", (Step(run, unix), Step(trust, trust_on_linux(own)))),
        Recipe("Windows (PowerShell)", (Step(run, windows), Step(trust, trust_on_windows(own)))),
    ]


def trust_on_mac(own: str) -> str:
    store = "~/Library/Keychains/login.keychain-db"
    return (
        f"curl -o /tmp/oneapi-ca.pem {own}/ca.pem\nsecurity add-trusted-cert -r trustRoot -k {store} /tmp/oneapi-ca.pem"
    )


def trust_on_linux(own: str) -> str:
    return f"sudo curl -o /usr/local/share/ca-certificates/oneapi.crt {own}/ca.pem\nsudo update-ca-certificates"


def trust_on_windows(own: str) -> str:
    file = "$HOME\\oneapi-ca.pem"
    return f"Invoke-WebRequest {own}/ca.pem -OutFile {file}\ncertutil -user -addstore Root {file}"
