"""Which of Spark's two ways is taken. What goes there is in test_spark_http and test_spark_socket."""

import pytest

from addon.canon.outbound import Target
from addon.dialects.spark import DIALECT, reader
from addon.dialects.spark_reply import StreamReader
from addon.dialects.spark_socket import MessageReader
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import chat

KEY = "12345678|ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl|0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("row", [18, 48])
@pytest.mark.parametrize(
    ("base_url", "key", "socket"),
    [
        ("", KEY, False),
        ("https://spark-api.xf-yun.com", KEY, False),
        ("wss://spark-api.xf-yun.com", KEY, True),
        ("ws://127.0.0.1:9", KEY, True),
        ("wss://spark-api.xf-yun.com", "fake-password", False),
    ],
)
def test_the_websocket_is_taken_where_the_base_url_asks_for_it(row: int, base_url: str, key: str, socket: bool) -> None:
    base = base_url or PROVIDERS[row].base_url
    outbound = through_row(row, chat(), "Spark-Max", base_url=base, key=key)
    assert outbound.upgrade is socket
    assert isinstance(reader(chat(), Target(base, key, "x")), MessageReader if socket else StreamReader)


def test_its_name() -> None:
    assert DIALECT.name == "spark"
