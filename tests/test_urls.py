"""When two addresses are one: http and https, tracking, www, slashes, encodings (R15)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.urls import is_web_address, name_part, strip_part, strip_tracking, url_key

SAME = [
    ("http://example.org/a", "https://example.org/a"),
    ("https://www.example.org/a", "https://example.org/a/"),
    ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
    ("https://example.org/a?oref=ng-home", "https://example.org/a"),
    ("https://example.org/a#comments", "https://example.org/a"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("https://EXAMPLE.org/a", "https://example.org/a"),
    ("https://example.org/?b=2&a=1", "https://example.org/?a=1&b=2"),
    ("https://example.org/réunions", "https://example.org/r%C3%A9unions"),
    ("https://example.org/r%c3%a9unions", "https://example.org/r%C3%A9unions"),
    ("https://example.org/a;jsessionid=0A1B.node-2!77?id=5", "https://example.org/a?id=5"),
    ("https://example.org/a%3Bjsessionid=0A1B/b", "https://example.org/a/b"),
    ("https://example.org/a?PHPSESSID=k3j&id=5", "https://example.org/a?id=5"),
    ("https://example.org/a?ASPSESSIONIDQQTBRTCD=X", "https://example.org/a"),
    ("https://example.org/a?ASP.NET_SessionId=x&AspxAutoDetectCookieSupport=1", "https://example.org/a"),
    ("https://example.org/a.cfm?id=5&CFID=12&CFTOKEN=34", "https://example.org/a.cfm?id=5"),
    ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
    ("https://example.org/x/(X(1)A(n_-)S(lit3py55t21z5v55vlm25s55))/a", "https://example.org/x/a"),
    ("https://example.org/%28S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
    ("https://example.org/a?id=5&_=1764429600123", "https://example.org/a?id=5"),
    ("https://example.org/a?_t=0.8414709848", "https://example.org/a?_ts=20261129153000&nocache=1764429600"),
]
DIFFERENT = [
    ("https://example.org/a", "https://example.org/b"),
    ("https://example.org/A", "https://example.org/a"),
    ("https://example.org/?id=1", "https://example.org/?id=2"),
    ("https://example.org:8080/a", "https://example.org/a"),
    ("https://blog.example.org/a", "https://example.org/a"),
    ("https://example.org/a;id=1", "https://example.org/a;id=2"),
    (
        "https://example.org/a?sid=0123456789abcdef0123456789abcdef",
        "https://example.org/a?sid=ff23456789abcdef0123456789abcdef",
    ),
    ("https://example.org/a?sessionid=12", "https://example.org/a?sessionid=13"),
    ("https://example.org/a?cfid=12", "https://example.org/a?cfid=13"),
    ("https://example.org/a?_t=2", "https://example.org/a?_t=3"),
    ("https://example.org/a?t=1764429600", "https://example.org/a?t=1764429601"),
    ("https://example.org/bill-(S(12))/a", "https://example.org/bill-(S(13))/a"),
    ("https://example.org/(S(12))/a", "https://example.org/(S(13))/a"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_of_writing_one_address_have_one_key(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@given(st.text(max_size=40), st.text(max_size=20))
@example(";/", "")
@example("|;0", "")
@example("%28S%28lit3py55t21z5v55vlm25s55%29%29/a", "")
@example("\ud800", "\ud800")
def test_a_key_exists_for_any_path_and_does_not_change_when_read_again(path: str, query: str) -> None:
    key = url_key(f"https://example.org/{path}?{query}")

    assert url_key(f"https://{key}") == key


def test_tracking_goes_and_everything_else_stays_as_written() -> None:
    assert strip_tracking("https://example.org/a?b=%20x&utm_campaign=z#top") == "https://example.org/a?b=+x"
    assert strip_tracking("https://example.org/a?b=%20x") == "https://example.org/a?b=%20x"
    assert strip_tracking("https://example.org/a;jsessionid=1?b=%20x") == "https://example.org/a?b=%20x"


def test_a_part_of_a_page_has_its_own_key_which_tracking_does_not_change() -> None:
    page = "https://example.org/new"
    one, other = name_part(f"{page}#a", "Low-cost \ud800 services, at last"), name_part(page, "A word " * 40)

    assert one == f"{page}#a:~:text=Low%2Dcost%20%3F%20services%2C%20at%20last"
    assert len({url_key(page), url_key(one), url_key(other)}) == 3
    assert len(other) < 200
    assert url_key(f"https://{url_key(one)}") == url_key(one) == url_key(strip_tracking(one.replace("#", "?utm_id=1#")))
    assert (strip_part(one), strip_part(other), strip_part(page)) == (f"{page}#a", page, page)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a/b",
        "//x",
        "https://",
        "http://a:x/",
        "http://a:99999/",
        "http://[::1",
        "https://www.gov.uk@example.org/",
        "http://user:word@example.org/",
    ],
)
def test_only_http_and_https_with_a_host_are_web_addresses(url: str) -> None:
    """R32, R34."""
    assert not is_web_address(url)


def test_web_addresses_are_recognised() -> None:
    assert is_web_address("https://example.org:8443/a?b")
    assert is_web_address("http://[2001:db8::1]/")
