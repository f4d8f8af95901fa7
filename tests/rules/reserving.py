"""A process of its own that reserves: `-m tests.rules.reserving DSN DATA_DIR WORKER USER TOKEN COUNT QUOTA [stay]`.

Prints how many reservations were granted. With `stay` it then waits, holding what it holds, until it is killed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rules.database import connect
from rules.ledger import Ledger
from rules.values import Hold


def main(dsn: str, data_dir: str, worker: str, user: str, token: str, count: str, quota: str, *stay: str) -> None:
    database = connect(dsn, Path(data_dir))
    ledger = Ledger(database, worker)
    ledger.start()
    ledger.heartbeat().result()
    print("ready", flush=True)
    sys.stdin.readline()  # so that all processes begin together
    wanted = [Hold(f"{worker}-{number}", int(user), int(token), int(quota), True) for number in range(int(count))]
    answers = [future.result() for future in [ledger.reserve(hold) for hold in wanted]]
    print(sum(isinstance(answer, Hold) for answer in answers), flush=True)
    if stay:
        time.sleep(60)
    ledger.stop()
    database.close_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
