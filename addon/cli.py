"""The `oneapi` command: the gateway as one program. Options, logging, the start page in the terminal.

`mitmdump -s addon/oneapi.py` starts the same thing on mitmproxy's own terms.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from importlib.metadata import version
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

from mitmproxy import ctx
from mitmproxy.options import Options
from mitmproxy.tools.dump import DumpMaster

from addon.compose import make_addon
from addon.errors import CannotStart
from addon.services import Services, open_services
from addon.settings import SETTINGS, Settings, read_settings

QUIET_LOGGERS = ("mitmproxy.proxy.server", "asyncio", "hpack", "httpx", "httpcore", "quic", "tornado")


def parser(settings: Settings) -> argparse.ArgumentParser:
    variables = "\n".join(f"  {setting.name:28}{setting.help}" for setting in SETTINGS)
    made = argparse.ArgumentParser(
        prog="oneapi",
        description="One API for mitmproxy: programs that speak only to OpenAI run on any other provider.",
        epilog=f"environment variables:\n{variables}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1, this machine only)"
    )
    made.add_argument("--port", default=settings["PORT"], help="the port (default: 3000)")
    made.add_argument(
        "--log-dir", default="./logs", help="where the log files go; created if missing (default: ./logs)"
    )
    made.add_argument("--version", action="version", version=version("oneapi-mitmproxy"))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 1 with one clear line when it cannot start."""
    try:
        settings = read_settings(os.environ)
        options = parser(settings).parse_args(arguments)
        port = port_number(os.environ.get("PORT") or options.port)
        log_to(Path(options.log_dir))
        refuse_taken_port(options.host, port)
        asyncio.run(serve(open_services(settings), options.host, port))
    except CannotStart as error:
        print(f"oneapi: {error}", file=sys.stderr)
        return 1
    return 0


def port_number(text: str) -> int:
    """Raises CannotStart."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotStart(f"the port (--port, or PORT) must be a number from 1 to 65535, not {text!r}")
    return int(text)


def refuse_taken_port(host: str, port: int) -> None:
    """Says so before anything is set up. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            advice = "choose another with --host or --port"
            raise CannotStart(f"cannot listen on {host}:{port} ({error.strerror}); {advice}") from error


def log_to(directory: Path) -> None:
    """One INFO line per exchange goes to the file and the terminal; mitmproxy's own chatter stays below WARNING.
    Raises CannotStart."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = TimedRotatingFileHandler(directory / "oneapi.log", when="midnight", backupCount=30, encoding="utf-8")
    except OSError as error:
        reason = f"the log directory {directory} cannot be written ({error.strerror})"
        raise CannotStart(f"{reason}; choose another with --log-dir") from error
    terminal = logging.StreamHandler()
    for handler in (file, terminal):
        handler.setFormatter(form)
        logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


async def serve(services: Services, host: str, port: int) -> None:
    """Runs until SIGINT or SIGTERM."""
    settings = services.settings
    confdir = settings.data_dir / "ca"
    confdir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Beyond loopback the doors guard themselves (HOUSE.md); mitmproxy's own block would shut out the base-URL door.
    options = Options(listen_host=host, listen_port=port, confdir=str(confdir))
    master = DumpMaster(options, with_termlog=False, with_dumper=False)
    options.update(block_global=False, connection_strategy="lazy", show_ignored_hosts=False)
    addon = make_addon(services)
    master.addons.add(addon, Greeting(settings, host, port, confdir))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows' loop has none; Ctrl-C ends it there all the same
            loop.add_signal_handler(number, master.shutdown)
    await master.run()


class Greeting:
    """Prints, once everything runs, what a newcomer needs to know."""

    def __init__(self, settings: Settings, host: str, port: int, confdir: Path) -> None:
        self.settings = settings
        self.host = host
        self.port = port
        self.confdir = confdir

    def running(self) -> None:
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound
        shown = f"[{shown}]" if ":" in shown else shown
        print(greeting(f"{shown}:{self.port}", self.settings, self.confdir), flush=True)
        if ctx.options.listen_host not in ("127.0.0.1", "::1", "localhost"):
            print(
                "Other machines can reach this: the proxy serves them only with a token, the pages ask for a log-in.",
                flush=True,
            )


def greeting(address: str, settings: Settings, confdir: Path) -> str:
    login = (
        "the password in INITIAL_ROOT_PASSWORD"
        if settings["INITIAL_ROOT_PASSWORD"]
        else "123456, from this machine only, to choose your own"
    )
    return f"""One API for mitmproxy {version("oneapi-mitmproxy")} is ready.

  Pages       http://{address}/          log in as root (first start: {login})
  Base URL    http://{address}/v1        for apps that let you set one
  Proxy       http://{address}           for apps that do not: HTTPS_PROXY, and trust our certificate

  Certificate {confdir / "mitmproxy-ca-cert.pem"}
              http://{address}/ca.pem, with the public roots: http://{address}/ca-bundle.pem
  Data        {settings.data_dir}
"""


if __name__ == "__main__":
    sys.exit(main())
