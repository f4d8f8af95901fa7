"""The command: `scripts/fake-provider --help`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
from pathlib import Path

from scripts.fake_provider import FakeProvider, behaviour, load_recording


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fake-provider",
        description="Plays OpenAI, Azure, Anthropic, Gemini and Coze on a loopback port; any key will do.",
        epilog=behaviour.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8399, help="port to listen on (default %(default)s, 0: any)")
    parser.add_argument("--delay", type=float, default=0.03, help="seconds between two tokens (default %(default)s)")
    parser.add_argument("--key", default="", help="the only key that is let in; others get 401")
    parser.add_argument("--recording", type=Path, action="append", default=[], help="play this file; may be repeated")
    parser.add_argument("--tls-cert", type=Path, help="PEM certificate: speak TLS (ALPN http/1.1)")
    parser.add_argument("--tls-key", type=Path, help="PEM key, when it is not in the same file")
    return parser.parse_args()


def tls_context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def run(chosen: argparse.Namespace) -> None:
    provider = FakeProvider(
        host=chosen.host,
        port=chosen.port,
        key=chosen.key,
        delay=chosen.delay,
        recordings=[load_recording(path) for path in chosen.recording],
        tls=tls_context(chosen.tls_cert, chosen.tls_key),
    )
    async with provider:
        print(f"fake provider: {provider.url}  (OpenAI, Azure, Anthropic, Gemini, Coze; any key)", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(arguments()))
