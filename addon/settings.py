"""Settings from the environment and the command line: typed, each with its help text, read once at start.

Options that an operator changes while it runs live in the database (`rules/options.py`), not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.patience import Patience, seconds


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable. `secret` values are never printed."""

    name: str
    default: str
    help: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "3000", "The port; wins over --port, as in One API."),
    Setting("ONEAPI_DATA_DIR", "./data", "Where the database, the keys and the certificate authority live."),
    Setting(
        "SQL_DSN",
        "",
        "MySQL (user:pass@tcp(host:port)/db) or PostgreSQL (postgres://…) instead of SQLite.",
        secret=True,
    ),
    Setting("SQLITE_PATH", "one-api.db", "The SQLite file, relative to the data directory."),
    Setting("SQLITE_BUSY_TIMEOUT", "3000", "Milliseconds that a SQLite statement waits for a lock."),
    Setting(
        "ONEAPI_SECRET_KEY", "", "The key of all secrets at rest; empty: a file in the data directory.", secret=True
    ),
    Setting(
        "ONEAPI_HOSTS",
        "",
        "Names, separated by commas, under which the pages may be opened besides IP addresses and localhost.",
    ),
    Setting(
        "INITIAL_ROOT_PASSWORD",
        "",
        "Root's password at the first start; without it one is chosen in the browser.",
        secret=True,
    ),
    Setting("INITIAL_ROOT_TOKEN", "", "An sk- key that exists from the first start.", secret=True),
    Setting(
        "INITIAL_ROOT_ACCESS_TOKEN", "", "Root's access token for the management API from the first start.", secret=True
    ),
    Setting("GEMINI_VERSION", "v1beta", "API version of Gemini channels that do not name one."),
    Setting(
        "GEMINI_SAFETY_SETTING", "BLOCK_NONE", "The threshold that Gemini channels send for every safety category."
    ),
    Setting(
        "USER_CONTENT_REQUEST_TIMEOUT", "30", "Seconds that fetching a picture or file which a client names may take."
    ),
    Setting(
        "USER_CONTENT_REQUEST_PROXY",
        "",
        "The proxy (http://…, https://…) through which such content is fetched; what it reaches is its own business.",
        secret=True,
    ),
    Setting(
        "CHANNEL_COOLDOWN",
        "10",
        "Seconds for which a channel that keeps failing is passed by; doubled with each time, up to 10 minutes. "
        "Then one request tries it again. 0: never, not even when a provider says how long to wait.",
    ),
    Setting(
        "CHANNEL_FAILURES",
        "3",
        "After so many failures in a row a channel is passed by for that model; after one if the provider says how "
        "long to wait, and for all models if the key is bad or the balance is used up.",
    ),
    Setting("RELAY_TIMEOUT", "0", "Seconds that a whole call to a provider may take, as in One API; 0: any time."),
    Setting("RELAY_CONNECT_TIMEOUT", "10", "Seconds to wait for a connection to a provider; 0: any time."),
    Setting("RELAY_FIRST_BYTE_TIMEOUT", "300", "Seconds until a streamed reply begins; 0: any time."),
    Setting("RELAY_WHOLE_TIMEOUT", "600", "Seconds until a reply begins that comes as a whole; 0: any time."),
    Setting(
        "RELAY_IDLE_TIMEOUT", "300", "Seconds that a provider may fall silent in the middle of a reply; 0: any time."
    ),
    Setting(
        "RELAY_KEEP_ALIVE",
        "15",
        "Seconds after which a client that waits for a stream gets a comment (and the head of a 200, if there is none"
        " yet: a later failure is an event); 0: never.",
    ),
    Setting("TIKTOKEN_CACHE_DIR", "", "Where tokenizer ranks lie; empty: the ones shipped with the project."),
    Setting("DATA_GYM_CACHE_DIR", "", "The same, with lower precedence."),
    Setting(
        "TEST_PROMPT", "Output only your specific model name with no additional text.", "What a channel test asks."
    ),
)

PATIENCE: Mapping[str, str] = {
    "connect": "RELAY_CONNECT_TIMEOUT",
    "first_byte": "RELAY_FIRST_BYTE_TIMEOUT",
    "whole": "RELAY_WHOLE_TIMEOUT",
    "idle": "RELAY_IDLE_TIMEOUT",
    "total": "RELAY_TIMEOUT",
    "keep_alive": "RELAY_KEEP_ALIVE",
}
DEFAULTS: Mapping[str, str] = {setting.name: setting.default for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of this process."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def data_dir(self) -> Path:
        return Path(self.values["ONEAPI_DATA_DIR"]).expanduser().resolve()

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(host.strip().lower() for host in self.values["ONEAPI_HOSTS"].split(",") if host.strip())

    def number(self, name: str) -> int:
        """An integer setting. Raises ValueError that names the variable."""
        text = self.values[name]
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{name} must be a whole number, not {text!r}") from None

    def patience(self) -> Patience:
        """Raises ValueError that names the variable."""
        return Patience(**{field: seconds(name, self.values[name]) for field, name in PATIENCE.items()})


def read_settings(environ: Mapping[str, str]) -> Settings:
    """An empty variable counts as unset."""
    return Settings({name: environ.get(name) or default for name, default in DEFAULTS.items()})
