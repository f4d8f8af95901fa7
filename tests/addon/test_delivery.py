import asyncio

from addon.delivery import steadfast


async def cancelled_while_waiting(times: int) -> tuple[list[str], bool]:
    """A task is cancelled while its event waits for the lock; what was delivered, and whether the task noticed."""
    lock, delivered, noticed = asyncio.Lock(), list[str](), asyncio.Event()

    async def deliver(event: str) -> None:
        async with lock:
            delivered.append(event)

    async def reader() -> None:
        await steadfast(deliver)("closed")
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            noticed.set()

    async with lock:
        task = asyncio.create_task(reader())
        await asyncio.sleep(0)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
    await asyncio.wait([task], timeout=1 if times else 0.05)
    task.cancel()
    return delivered, noticed.is_set()


def test_an_event_is_delivered_once_although_its_task_is_cancelled() -> None:
    assert asyncio.run(cancelled_while_waiting(1)) == (["closed"], True)
    assert asyncio.run(cancelled_while_waiting(3)) == (["closed"], True)


def test_a_task_that_is_left_alone_goes_on() -> None:
    assert asyncio.run(cancelled_while_waiting(0)) == (["closed"], False)
