"""Ontario's newsroom: its pages are empty until a browser runs them, so lists and pages are read from its API."""

import re
from urllib.parse import urlencode, urlsplit

from crawler.announcement import FetchedPage, Loss, NotAPage, Row
from crawler.api_table import ApiShape, Paging
from crawler.json_document import parse_json, read_text
from crawler.json_path import find
from crawler.platforms.traits import PageApi, Traits
from crawler.platforms.written_page import PageFacts, write_page
from crawler.way import Way

ZONE = "America/Toronto"
SITE = "https://news.ontario.ca"
RELEASES = "/api/v1/releases"
PAGE = re.compile(r"/(?P<language>en|fr)/[a-z-]+/(?P<number>\d+)(/|$)")
# "2021-02-03 16:00:00" by the clock of Toronto; "February 3, 2021" where only that is given.
DATE = "release_date_time || release_date_time_formatted"
AUTHOR = "ministry_name"


def find_release_address(row: Row) -> str | None:
    """Where the API that listed a row has its release."""
    found = PAGE.match(urlsplit(row.url).path)
    if not found or row.way is not Way.API:
        return None
    query = urlencode({"language": found["language"]})
    return urlsplit(row.entry_point)._replace(path=f"{RELEASES}/{found['number']}", query=query, fragment="").geturl()


def read_release(page: FetchedPage) -> FetchedPage | NotAPage:
    """The page of one release, or why there is none."""
    document = parse_json(page.body)
    if isinstance(document, NotAPage):
        return document
    release = find("data", document)
    title, lead = read_text(find("content_title", release)), read_text(find("content_lead", release))
    body = "".join(filter(None, (lead, read_text(find("content_body", release)))))
    if not title or not body:
        return NotAPage(loss=Loss.EMPTY, detail="the API has no text of this release")
    quickfacts = read_text(find("quickfacts", release)) or ""
    facts = PageFacts(
        url=page.requested_url,
        title=title,
        body=f"<div>{body}</div>{quickfacts}",
        language=read_text(find("language", release)),
        published=read_text(find(DATE, release)),
        author=read_text(find(AUTHOR, release)),
    )
    return write_page(page, facts, ZONE)


LIST = ApiShape(
    rows="data",
    link="join('/', ['', language, release_type_label, to_string(release_id_translated || id), slug])",
    link_prefix=SITE,
    title="content_title",
    date=DATE,
    summary="content_lead",
    author=AUTHOR,
    # The slug follows the title; the number stays, and is the same in both languages.
    id="join(':', ['news.ontario.ca', language, to_string(release_id_translated || id)])",
    language="language",
    paging=Paging(parameter="page", size=10, size_parameter="limit"),
)
TRAITS = Traits(
    zone=ZONE,
    on_empty="the newsroom lists nothing, which it never does: its API has changed, or the parameters are wrong",
    api=LIST,
    page_api=PageApi(find_address=find_release_address, read=read_release),
)
