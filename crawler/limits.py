"""How a crawl behaves towards other people's servers and this machine: the `contact` and `[crawl]` of settings.toml."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from crawler.configuration import DECLARED, Fault, build_model, read_toml
from crawler.source import Seconds
from crawler.urls import is_web_address

PRODUCT = "govwatch/0.1"
MAIL_ADDRESS = re.compile(r"[^@\s<>()]+@[^@\s<>()]+\.[^@\s<>()]+")


def check_contact(value: str) -> str:
    is_one_word = value.isprintable() and " " not in value  # it becomes a part of a header
    if not (is_one_word and (MAIL_ADDRESS.fullmatch(value) or is_web_address(value))):
        raise ValueError("expected an e-mail or web address at which a site's owner can reach you")
    return value


class CrawlTable(BaseModel):
    """The `[crawl]` table. Defaults are those of careful projects: one request at a time and host, one second apart."""

    model_config = DECLARED

    every: Annotated[Seconds, Field(ge=60)] = 900
    """Shortest interval between two checks of a source, while it is likely to publish."""
    at_least_every: Annotated[Seconds, Field(ge=60)] = 14400
    """Longest interval, while the source answers; `every` goes before it where that is longer."""
    delay_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    requests_at_once: Annotated[int, Field(ge=1, le=256)] = 32
    requests_at_once_per_host: Annotated[int, Field(ge=1, le=16)] = 1
    request_timeout_s: Annotated[float, Field(gt=0, le=300)] = 30.0
    max_bytes: Annotated[int, Field(ge=1024)] = 10_000_000
    max_rows: Annotated[int, Field(ge=1)] = 50_000
    max_listing_pages: Annotated[int, Field(ge=1)] = 500
    time_limit: Annotated[Seconds, Field(ge=1)] = 1800
    extract_processes: Annotated[int, Field(ge=1, le=64)] = 2
    extract_memory_mb: Annotated[int, Field(ge=150, le=4000)] = 190
    """What the one that reads a large page may hold; the others may two thirds. So two stay below 500 MB with all the rest."""


class CrawlLimits(CrawlTable):
    """The `[crawl]` table together with who we say we are."""

    contact: Annotated[str, AfterValidator(check_contact)]

    @property
    def user_agent(self) -> str:
        """As RFC 9110 section 10.1.5 asks: the product, and a comment that says whom to write to (R29)."""
        return f"{PRODUCT} (+{self.contact if is_web_address(self.contact) else 'mailto:' + self.contact})"


def read_limits(settings_file: Path) -> tuple[CrawlLimits | None, tuple[Fault, ...]]:
    """The crawl's share of settings.toml; the other tables are the monitor's to check."""
    document, faults = read_toml(settings_file)
    if document is None:
        return None, faults
    if "contact" not in document.values:
        return None, (Fault(file=str(settings_file), key="contact", message="is missing"),)
    table = document.values.get("crawl", {})
    return build_model(CrawlLimits, document, {**table, "contact": document.values["contact"]}, at=("crawl",))
