"""The systems that sites are made with: each has its traps, which are met in its own file here, not in a source's."""

from enum import StrEnum


class Platform(StrEnum):
    """What a site is made with; the last four say only how a system of its own is read."""

    WORDPRESS = "wordpress"
    GOVUK = "govuk"
    CANADA_NEWS = "canada-news"
    ONTARIO_NEWS = "ontario-news"
    FEDERAL_REGISTER = "federal-register"
    MEDIUM = "medium"
    HUGO = "hugo"
    JEKYLL = "jekyll"
    DRUPAL = "drupal"
    GOVCMS = "govcms"
    TYPO3 = "typo3"
    GOVEXEC = "govexec"
    RSS = "rss"
    SITEMAP = "sitemap"
    JSON = "json"
    HTML = "html"
