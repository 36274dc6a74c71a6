"""The news API of the Government of Canada (api.io.canada.ca/io-server/gc/news), English and French, JSON and Atom."""

import re
from dataclasses import replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.announcement import Row
from crawler.api_table import ApiShape
from crawler.platforms.traits import Traits

ZONE = "America/Toronto"  # Ottawa's
IN_PATH = re.compile(r"/(?P<language>en|fr)/(?P<department>[a-z0-9-]+)/(news|nouvelles)/\d{4}/")
SMALL_WORDS = frozenset({"and", "of", "for", "the", "in"})
# Paths have neither accents nor articles, so the French names cannot be read off them; both lists are of 2026.
NAMES = {
    "treasury-board-secretariat": "Treasury Board of Canada Secretariat",
    "employment-social-development": "Employment and Social Development Canada",
    "shared-services": "Shared Services Canada",
    "innovation-science-economic-development": "Innovation, Science and Economic Development Canada",
    "public-services-procurement": "Public Services and Procurement Canada",
    "communications-security": "Communications Security Establishment Canada",
    "secretariat-conseil-tresor": "Secrétariat du Conseil du Trésor du Canada",
    "emploi-developpement-social": "Emploi et Développement social Canada",
    "services-partages": "Services partagés Canada",
    "innovation-sciences-developpement-economique": "Innovation, Sciences et Développement économique Canada",
    "services-publics-approvisionnement": "Services publics et Approvisionnement Canada",
    "securite-telecommunications": "Centre de la sécurité des télécommunications Canada",
}


def _refine(row: Row) -> Row:
    """With the department as author, and the day that it was in Ottawa."""
    published = row.published
    if published.at:
        published = replace(published, on=published.at.astimezone(ZoneInfo(ZONE)).date())
    return replace(row, author=find_department(row.url) or row.author, published=published)


def find_department(url: str) -> str | None:
    """The department that an address names: the API names none."""
    found = IN_PATH.match(urlsplit(url).path)
    if not found:
        return None
    slug = found["department"]
    if slug in NAMES:
        return NAMES[slug]
    words = slug.split("-")
    if found["language"] == "fr":
        return " ".join(words).capitalize()
    return " ".join(word if word in SMALL_WORDS else word.capitalize() for word in words)


NEWS = ApiShape(
    rows="feed.entry",
    link="link",
    title="title",
    date="publishedDate",
    summary="teaser",
)
TRAITS = Traits(
    refine=_refine,
    zone=ZONE,
    # An unknown code is answered with 200 and an empty list, and codes change with the departments.
    on_empty="the API lists nothing, which is how it answers a department code (dept=) that it does not know",
    api=NEWS,
)
