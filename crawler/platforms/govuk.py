"""GOV.UK: Atom of its finders and organisations, the search API, and the content API that has each page in JSON."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from crawler.announcement import FetchedPage, Loss, NotAPage, PublicationDate, Row
from crawler.api_table import ApiShape, Counting, Paging
from crawler.json_document import parse_json, read_text
from crawler.json_path import find
from crawler.platforms.traits import PageApi, Traits
from crawler.platforms.written_page import PageFacts, write_page

ZONE = "Europe/London"
SITE = "https://www.gov.uk"
CONTENT = "/api/content"
# The author of every entry, which says nothing.
EVERYBODY = "HM Government"
# What is served in place of a feed that was retired: one entry, and nothing ever again.
ENDED_TITLE = "This feed has ended"
ENDED_ID = "/feed-ended"


def is_feed_ended(title: str | None, guid: str | None) -> bool:
    """Whether the only entry of a feed says that there will be no other."""
    return title == ENDED_TITLE or (guid or "").endswith(ENDED_ID)


def _refine(row: Row) -> Row:
    """An entry's id depends on the path alone and `updated` is the last edit: no entry says when it was published."""
    author = None if row.author == EVERYBODY else row.author
    return replace(row, author=author, published=PublicationDate(), summary=_strip_cut(row.summary))


def _strip_cut(summary: str | None) -> str | None:
    """Descriptions are cut at a number of characters, mostly inside a word."""
    if not summary or not summary.endswith("..."):
        return summary
    return summary.removesuffix("...").rpartition(" ")[0] + " …"


def find_content_address(row: Row) -> str | None:
    """Where the content API has the page of a row, if it is on the host that listed it."""
    parts = urlsplit(row.url)
    if parts.netloc != urlsplit(row.entry_point).netloc or not parts.path.strip("/") or parts.path.startswith("/api/"):
        return None
    return parts._replace(path=CONTENT + parts.path.rstrip("/"), query="", fragment="").geturl()


def read_content(page: FetchedPage) -> FetchedPage | NotAPage:
    """The page that the content API describes, or why it describes none."""
    item = parse_json(page.body)
    if isinstance(item, NotAPage):
        return item
    title, path = read_text(find("title", item)), read_text(find("base_path", item))
    body = "".join(_find_parts(item))
    if not title or not path or not body:
        return NotAPage(loss=Loss.EMPTY, detail="the content API has no text of this page")
    facts = PageFacts(
        url=urlsplit(page.requested_url)._replace(path=path, query="", fragment="").geturl(),
        title=title,
        body=body,
        description=read_text(find("description", item)),
        language=read_text(find("locale", item)),
        published=read_text(find("first_published_at || details.first_public_at", item)),
        author=_join_names(find("links.organisations[].title", item)),
    )
    return write_page(page, facts, ZONE)


def _find_parts(item: Any) -> list[str]:
    """The HTML of a page: a body, or the parts of a guide; and the titles of its documents, which may be all it has."""
    named = find("[details.introduction, details.summary, details.body]", item) or []
    parts = [text for one in named if (text := _read_markup(one))]
    for part in find("details.parts[]", item) or []:
        parts.append(f"<h2>{read_text(find('title', part)) or ''}</h2>{_read_markup(find('body', part)) or ''}")
    withdrawn = _read_markup(find("withdrawn_notice.explanation", item))
    documents = [title for one in find("details.attachments[].title", item) or [] if (title := read_text(one))]
    listed = "".join(f"<li>{title}</li>" for title in documents)
    return [*([withdrawn] if withdrawn else []), *parts, *([f"<ul>{listed}</ul>"] if listed else [])]


def _read_markup(value: Any) -> str | None:
    """HTML as it is, or of the formats in which it is given."""
    if isinstance(value, list):
        value = find("[?content_type=='text/html'].content | [0]", value)
    return read_text(value)


def _join_names(names: Any) -> str | None:
    return ", ".join(name for one in names or [] if (name := read_text(one))) or None


SEARCH = ApiShape(
    rows="results",
    link="link",
    link_prefix=SITE,
    title="title",
    updated="public_timestamp",  # the last edit, as in Atom
    summary="description",
    author="organisations[].title",
    paging=Paging(parameter="start", counts=Counting.ROWS, size=10, size_parameter="count", last="total"),
)
TRAITS = Traits(
    refine=_refine,
    zone=ZONE,
    api=SEARCH,
    page_api=PageApi(find_address=find_content_address, read=read_content),
)
