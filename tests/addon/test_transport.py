import pytest

from addon.canon.fault import FaultKind
from addon.transport import transport_fault


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("[Errno 111] Connect call failed ('127.0.0.1', 9)", "connection refused"),
        ("Multiple exceptions: [Errno 111] Connect call failed ('::1', 9, 0, 0), [Errno 111] ..", "connection refused"),
        ("[Errno 113] Connect call failed ('10.0.0.9', 443)", "no route to it"),
        ("[Errno 110] Connect call failed ('10.0.0.9', 443)", "the connection timed out"),
        ("[Errno -2] Name or service not known", "its name cannot be resolved"),
        ("Connection killed: the address leads back to this gateway", "the address leads back to this gateway"),
        ("Certificate verify failed: self-signed certificate", "its certificate is not trusted"),
        ("Cannot parse HTTP response: Bad HTTP response line", "it does not speak HTTP"),
        ("peer closed https://secret.example/?key=sk-fake", "the connection was closed"),
    ],
)
def test_transport_fault_names_the_reason_and_no_address(message: str, reason: str) -> None:
    fault = transport_fault(message)
    assert (fault.kind, fault.status) == (FaultKind.TRANSPORT, 502)
    assert fault.message == f"The provider could not be reached: {reason}."
