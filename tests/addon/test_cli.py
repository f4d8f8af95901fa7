import logging
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from addon import cli
from addon.errors import CannotStart
from addon.settings import SETTINGS, read_settings


@pytest.fixture(autouse=True)
def quiet_logging() -> Iterator[None]:
    """What `log_to` sets up is taken down again."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in cli.QUIET_LOGGERS}
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        yield bound.getsockname()[1]


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == version("oneapi-mitmproxy")


def test_help_names_every_option_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in shown for name in ("--host", "--port", "--log-dir", "--version"))
    assert all(setting.name in shown for setting in SETTINGS)


def test_without_options_it_is_loopback_and_3000() -> None:
    options = cli.parser(read_settings({})).parse_args([])
    assert (options.host, options.port, options.log_dir) == ("127.0.0.1", "3000", "./logs")


@pytest.mark.parametrize("text", ["1", "3000", "65535"])
def test_a_port_is_a_number(text: str) -> None:
    assert cli.port_number(text) == int(text)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "x", "", "３０００", "80.0"])
def test_what_is_no_port_is_said(text: str) -> None:
    with pytest.raises(CannotStart, match="from 1 to 65535"):
        cli.port_number(text)


def test_a_taken_port_is_said_before_anything_is_set_up(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONEAPI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PORT", raising=False)
    assert cli.main(["--port", str(taken), "--log-dir", str(tmp_path / "logs")]) == 1
    assert f"cannot listen on 127.0.0.1:{taken}" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_the_variable_comes_before_the_option(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", str(taken))
    assert cli.main(["--port", "1", "--log-dir", str(tmp_path / "logs")]) == 1
    assert f":{taken}" in capsys.readouterr().err


def test_a_free_port_is_left_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cli.refuse_taken_port("127.0.0.1", port)
    cli.refuse_taken_port("127.0.0.1", port)


def test_the_log_goes_to_a_file_without_mitmproxys_chatter(tmp_path: Path) -> None:
    cli.log_to(tmp_path / "deep" / "logs")
    logging.getLogger("addon.exchanges").info("one exchange")
    logging.getLogger("mitmproxy.proxy.server").info("client connect")
    written = (tmp_path / "deep" / "logs" / "oneapi.log").read_text()
    assert "INFO addon.exchanges: one exchange" in written
    assert "client connect" not in written


def test_a_log_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="choose another with --log-dir"):
        cli.log_to(tmp_path / "file" / "logs")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("box", "box")],
)
def test_the_greeting_names_the_doors_and_where_things_are(
    host: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Options:
        listen_host = host

    monkeypatch.setattr(cli.ctx, "options", Options(), raising=False)
    settings = read_settings({"ONEAPI_DATA_DIR": str(tmp_path)})
    cli.Greeting(settings, host, 3000, tmp_path / "ca").running()
    printed = capsys.readouterr().out
    assert f"http://{shown}:3000/v1 " in printed
    assert str(tmp_path / "ca" / "mitmproxy-ca-cert.pem") in printed
    assert f"Data        {tmp_path}" in printed
    assert ("Other machines can reach this" in printed) is (host not in ("127.0.0.1", "::1"))


def test_the_greeting_shows_no_password_that_was_chosen(tmp_path: Path) -> None:
    chosen = read_settings({"ONEAPI_DATA_DIR": str(tmp_path), "INITIAL_ROOT_PASSWORD": "fake-password"})
    assert "fake-password" not in cli.greeting("x:1", chosen, tmp_path)
    assert "123456" in cli.greeting("x:1", read_settings({"ONEAPI_DATA_DIR": str(tmp_path)}), tmp_path)
