from __future__ import annotations

from admin.throttle import MOST_KEYS, PER_ACCOUNT, PER_ADDRESS, WINDOW, Throttle


def fail(throttle: Throttle, times: int, account: str = "root", address: str = "10.0.0.1", now: float = 100.0) -> None:
    for _ in range(times):
        throttle.failed(account, address, now)


def test_waits_after_too_many_failures_of_an_account() -> None:
    throttle = Throttle()
    fail(throttle, PER_ACCOUNT - 1)
    assert throttle.wait("root", "10.0.0.1", 100) == 0
    fail(throttle, 1)
    assert 0 < throttle.wait("ROOT", "10.0.0.1", 100) <= WINDOW + 1


def test_a_stranger_cannot_lock_the_owner_out() -> None:
    throttle = Throttle()
    fail(throttle, PER_ADDRESS * 3, address="203.0.113.9")
    assert throttle.wait("root", "10.0.0.1", 100) == 0


def test_an_address_that_tries_many_accounts_waits() -> None:
    throttle = Throttle()
    for number in range(PER_ADDRESS):
        throttle.failed(f"user{number}", "10.0.0.1", 100)
    assert throttle.wait("somebody else", "10.0.0.1", 100) > 0


def test_the_window_slides() -> None:
    throttle = Throttle()
    fail(throttle, PER_ACCOUNT)
    assert throttle.wait("root", "10.0.0.1", 100 + WINDOW + 1) == 0


def test_success_clears_the_account_and_not_the_address() -> None:
    throttle = Throttle()
    fail(throttle, PER_ADDRESS)
    throttle.succeeded("root", "10.0.0.1")
    assert throttle.wait("root", "10.0.0.1", 100) > 0
    fail(throttle, PER_ACCOUNT, address="10.0.0.2")
    throttle.succeeded("root", "10.0.0.2")
    assert throttle.wait("root", "10.0.0.2", 100) == 0


def test_memory_is_bounded() -> None:
    throttle = Throttle()
    for number in range(3 * MOST_KEYS):
        throttle.failed("root", f"address {number}", 100.0)
    assert len(throttle._failures) <= MOST_KEYS + 2


def test_old_failures_are_dropped_first() -> None:
    throttle = Throttle()
    later = 100.0 + 2 * WINDOW
    for number in range(MOST_KEYS // 4):
        throttle.failed("root", f"address {number}", 100.0)
    for number in range(MOST_KEYS // 4):
        throttle.failed("root", f"new address {number}", later)
    for name in ("one more", "and another"):
        throttle.failed("root", name, later)
    assert ("", "address 0") not in throttle._failures
    assert ("", "new address 0") in throttle._failures
