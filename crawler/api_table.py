"""What the `[[api]]` table of a source declares: an address that answers in JSON, and where in the answer things stand."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from crawler.configuration import DECLARED_IN_WORDS
from crawler.json_path import JsonPath
from crawler.urls import is_web_address

PARAMETER = re.compile(r"[^\s&=?#]+")


def _parameter(value: str) -> str:
    if not PARAMETER.fullmatch(value):
        raise ValueError("expected the name of a parameter as it stands in the address")
    return value


def _web_address(value: str) -> str:
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise ValueError("expected an address without user and password: it is written into the archive and to people")
    if not is_web_address(value) or not value.isprintable() or " " in value:
        raise ValueError("expected an http or https address")
    return value


Parameter = Annotated[str, AfterValidator(_parameter)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
FirstLookPages = Annotated[int, Field(ge=1)] | None
"""How many pages the first look reads at most, so that it need not fetch all that was ever published."""


class Counting(StrEnum):
    """What the number in the address of a page counts."""

    PAGES = "pages"
    ROWS = "rows"


class _Declared(BaseModel):
    model_config = DECLARED_IN_WORDS


class Paging(_Declared):
    """Pages that are asked for by a number in the address.

    A page with fewer rows than `size` (or than the parameter `size_parameter` of the address says) is the last one, and
    so is one without rows. `last` (a path) and `last_header` tell how many pages, or rows, there are in all.
    """

    parameter: Parameter
    counts: Counting = Counting.PAGES
    first: Annotated[int, Field(ge=0)] | None = None
    """The number of the first page: 1 where pages are counted, 0 where rows are."""
    size: Annotated[int, Field(ge=1)] | None = None
    size_parameter: Parameter | None = None
    last: JsonPath | None = None
    last_header: str | None = None

    @property
    def start(self) -> int:
        if self.first is not None:
            return self.first
        return 0 if self.counts is Counting.ROWS else 1

    @model_validator(mode="after")
    def _has_a_step(self) -> Self:
        if self.counts is Counting.ROWS and not (self.size or self.size_parameter):
            raise ValueError('with counts = "rows", expected size or size_parameter: how many rows a page has')
        return self


class ApiShape(_Declared):
    """Where in an answer, and in each of its rows, things stand. A platform knows this of its own API."""

    rows: JsonPath | None = None
    link: JsonPath | None = None
    link_prefix: str | None = None
    """Stands before links that are only a path or an identifier."""
    title: JsonPath | None = None
    date: JsonPath | None = None
    updated: JsonPath | None = None
    summary: JsonPath | None = None
    text: JsonPath | None = None
    author: JsonPath | None = None
    id: JsonPath | None = None
    language: JsonPath | None = None
    next: JsonPath | None = None
    total: JsonPath | None = None
    """How many rows there are on all pages together."""
    paging: Paging | None = None


class Api(ApiShape):
    """An address that lists in JSON what a source has published, newest first."""

    url: WebAddress
    first_look_pages: FirstLookPages = None

    def complete(self, shape: ApiShape) -> "Api":
        """This table, with what it leaves out taken from `shape`."""
        return Api.model_validate({**shape.model_dump(exclude_unset=True), **self.model_dump(exclude_unset=True)})
