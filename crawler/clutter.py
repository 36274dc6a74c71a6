"""Takes out of a page what stands in its main part and is no part of its text: page details, share links, offers, more news.

Such things change without the text (R18, R20): "Date modified", the latest headlines, an advertisement. What could be the
text itself stays: an element with a heading of level one, or with more than a few sentences in it.
"""

import re
from copy import deepcopy
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

MOST_CHARS = 1500

# Names of classes and ids, whole. The design systems of governments first: each is used by hundreds of sites.
NAMES = frozenset(
    {"pagedetails", "wb-dtmd"}  # Canada.ca (wet-boew.github.io)
    | {
        "gem-c-published-dates",
        "gem-c-share-links",
        "gem-c-single-page-notification-button",
        "gem-c-feedback",
    }  # GOV.UK
    | {"gem-c-contextual-sidebar", "gem-c-cookie-banner", "gem-c-metadata"}
    | {"fr-share", "fr-breadcrumb", "fr-cookie"}  # France (systeme-de-design.gouv.fr)
    | {"cmp-rating", "cmp-breadcrumbs"}  # Italy (designers.italia.it)
    | {"usa-banner", "usa-identifier"}  # United States (designsystem.digital.gov)
    # WordPress and its plug-ins, and the trade press
    | {"sharedaddy", "jp-relatedposts", "comments-area", "commentlist", "comment-respond", "post-navigation"}
    | {"ad", "ads", "advert", "advertisement", "mpu", "leaderboard", "ad-slot", "ad-container", "sponsored", "promo"}
    | {"newsletter-signup", "newsletter-box", "newsletter", "paywall", "subscribe-box", "social-share", "share-links"}
    | {"author-bio", "next-story", "related-posts", "related-articles", "related-stories", "onetrust-banner-sdk"}
)
HEADING = re.compile(
    r"(?i)(?:most (?:read|popular|viewed|shared)|(?:related|similar|recommended) ?(?:content|stories|articles|posts|news|topics|reading)?(?: and links)?"
    r"|more (?:like this|stories|news|from .{1,60})|you (?:may|might) (?:also )?(?:like|be interested in)|recommended (?:for you|from .{1,60})"
    r"|read (?:next|more)|(?:latest|top|trending) (?:news|stories|posts|articles)|share (?:this|this page|this article|on)|sharing and comments"
    r"|(?:\d+ )?comments?|have your say|leave a (?:comment|reply)|sign up .{0,60}|subscribe .{0,60}|stay (?:connected|informed)|upcoming events"
    r"|was this page helpful|is this page useful|in this story|sponsored|advertisement"
    r"|dans la même rubrique|à lire (?:aussi|également)|sur le même sujet|articles? (?:liés?|connexes?|similaires?)|partager.{0,20}|les plus lus"
    r"|correlati|leggi anche|articoli correlati|notizie correlate|potrebbe interessarti.{0,20}|condividi.{0,20}|i più letti|lascia un commento"
    r"|quanto sono chiare .{0,60}|das könnte sie auch interessieren|weitere (?:nachrichten|meldungen|artikel)|teilen)\W*"
)
LINE = re.compile(
    r"(?i)\W*(?:advertisement|anzeige|publicité|pubblicità|share(?: this(?: page| article)?)?|partager(?: la page| cette page)?|partagez cette page"
    r"|condividi|print(?: this page)?|imprimer|stampa|listen(?: to this article)?|read more|lire la suite|leggi tutto|back to top|return to top"
    r"|haut de page|torna su|skip to (?:main )?content|passer au contenu(?: principal)?|report a problem on this page"
    r"|signaler un problème sur cette page)\W*"
)
# Most pages have none of the names, and their attributes are read much faster than the elements that bear them.
_CLASSES = etree.XPath("//body//@class", smart_strings=False)
_IDS = etree.XPath("//body//@id", smart_strings=False)
_NAMED = etree.XPath("//body//*[@class or @id]")
_HAS_TITLE = etree.XPath("boolean(self::h1 or .//h1)")
HEADINGS = ("h2", "h3", "h4", "h5")
CONTAINERS = frozenset({"div", "section", "aside", "ul", "nav", "footer"})


def without_clutter(tree: HtmlElement) -> HtmlElement:
    """`tree` itself where there is none, else a copy without it."""
    if not _find_clutter(tree):
        return tree
    copied = deepcopy(tree)
    for element in _find_clutter(copied):
        if element.getparent() is not None:
            element.drop_tree()
    return copied


def is_clutter(line: str) -> bool:
    """Whether a line of text says nothing but what stands around texts."""
    return LINE.fullmatch(line) is not None


def _find_clutter(tree: HtmlElement) -> list[HtmlElement]:
    said = _CLASSES(tree) + _IDS(tree)
    named = [one for one in _NAMED(tree) if _is_named(one)] if any(map(_has_name, said)) else []
    blocks = [block for heading in tree.iter(*HEADINGS) if (block := _find_block(heading)) is not None]
    return [element for element in [*named, *blocks] if not _may_be_text(element)]


@lru_cache(maxsize=4096)
def _has_name(said: str) -> bool:
    return not NAMES.isdisjoint(said.lower().split())


def _is_named(element: HtmlElement) -> bool:
    return _has_name(element.get("class") or "") or _has_name(element.get("id") or "")


def _find_block(heading: HtmlElement) -> HtmlElement | None:
    """The container that a heading opens, where the heading says that more of the site follows."""
    parent = heading.getparent()
    if parent is None or parent.tag not in CONTAINERS or heading.getprevious() is not None:
        return None
    return parent if HEADING.fullmatch(" ".join(heading.text_content().split())) else None


def _may_be_text(element: HtmlElement) -> bool:
    return element.tag in {"body", "html", "main"} or _HAS_TITLE(element) or len(element.text_content()) > MOST_CHARS
