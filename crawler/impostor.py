"""Tells what a page is that came where another thing was asked for: a feed, a list of rows, a page with an error status."""

from crawler.announcement import NotAPage
from crawler.markup import clean_line, decode_body, looks_like_html, parse_html, read_line
from crawler.quality import PageSigns, judge_page, judge_refusal


def find_impostor(body: bytes, content_type: str | None, *, url: str, requested_url: str) -> NotAPage | None:
    """What an answer is that lists nothing (R23, R24): a bot wall, a log-in form, a soft 404; None where it does not tell."""
    signs = _read_signs(body, content_type, url, requested_url)
    return judge_page(signs) if signs else None


def find_refusal(body: bytes, content_type: str | None, *, url: str, requested_url: str) -> NotAPage | None:
    """Who refused what was asked for, as far as the body of the answer tells; its status is known already."""
    signs = _read_signs(body, content_type, url, requested_url)
    return judge_refusal(signs) if signs else None


def _read_signs(body: bytes, content_type: str | None, url: str, requested_url: str) -> PageSigns | None:
    tree = parse_html(decode_body(body, content_type)) if looks_like_html(body) else None
    if tree is None:
        return None
    title, heading, around = tree.find(".//head/title"), tree.find(".//h1"), tree.find("body")
    return PageSigns(
        url=url,
        requested_url=requested_url,
        tree=tree,
        title=read_line(heading) if heading is not None else None,
        document_title=clean_line(title.text_content()) if title is not None else None,
        listed_title=None,
        text=read_line(around) if around is not None else None,
    )
