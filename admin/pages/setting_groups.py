"""Which options the settings pages show, how they are called, and in which group: a table. Must not know Flask."""

from __future__ import annotations

from dataclasses import dataclass

from admin.i18n import N_


@dataclass(frozen=True, slots=True)
class Setting:
    """A field. `kind` is flag, text, number, text_area or json."""

    key: str
    kind: str
    title: str
    hint: str = ""
    rows: int = 4


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str
    options: tuple[Setting, ...]


OPERATION = (
    Setting("RetryTimes", "number", N_("Retries"), N_("How many more channels are tried when one fails.")),
    Setting(
        "PreConsumedQuota",
        "number",
        N_("Tokens reserved in advance"),
        N_("Set aside for each request, besides its prompt and max_tokens; settled on what was really used."),
    ),
    Setting("QuotaPerUnit", "number", N_("Quota per dollar"), N_("One API's unit: 500,000 quota are $1.")),
    Setting("LogConsumeEnabled", "flag", N_("Log every request")),
    Setting("DisplayInCurrencyEnabled", "flag", N_("Amounts in log texts in dollars"), N_("Off: in quota.")),
    Setting(
        "DisplayTokenStatEnabled",
        "flag",
        N_("Billing questions of apps are answered for their token"),
        N_("Off: for the whole account."),
    ),
    Setting(
        "ApproximateTokenEnabled",
        "flag",
        N_("Estimate tokens by length"),
        N_("Quicker, less exact; used only where a provider does not count."),
    ),
)
PRICES = (
    Setting(
        "ModelRatio",
        "json",
        N_("Model ratios"),
        N_("JSON. 1 is $0.002 per 1,000 tokens. What is not listed keeps its default."),
        10,
    ),
    Setting(
        "CompletionRatio",
        "json",
        N_("Completion ratios"),
        N_("JSON. How much dearer a completion token is than a prompt token."),
        8,
    ),
    Setting(
        "GroupRatio",
        "json",
        N_("Group ratios"),
        N_("JSON. Its keys are the groups that users and channels can have."),
        6,
    ),
)
SYSTEM = (
    Setting(
        "ServerAddress",
        "text",
        N_("Server address"),
        N_("Where others reach this server, for example https://llm.example.com; the pages then answer to this name."),
    ),
)
OTHER = (
    Setting("SystemName", "text", N_("System name")),
    Setting("Notice", "text_area", N_("Notice"), N_("Shown on everybody's dashboard, as plain text.")),
    Setting("TopUpLink", "text", N_("Top-up link"), N_("Told to One API's clients.")),
    Setting("ChatLink", "text", N_("Chat link"), N_("Told to One API's clients.")),
    Setting("HomePageContent", "text_area", N_("Home page"), N_("Told to One API's clients.")),
    Setting("About", "text_area", N_("About"), N_("Told to One API's clients.")),
)

GROUPS: tuple[Group, ...] = (
    Group("operation", N_("Operation"), OPERATION),
    Group("prices", N_("Prices"), PRICES),
    Group("system", N_("System"), SYSTEM),
    Group("other", N_("Other"), OTHER),
)
