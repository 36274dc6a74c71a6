"""Cuts off what a system adds to the end of every text; apart from the systems, so that reading a page loads none of them."""

import re

# What WordPress adds to the end of every excerpt and post of a feed.
FOOTER = re.compile(
    r"(?is)\s*\b(?:The post|L.article|L.articolo|Der Beitrag|La entrada)\s.{1,400}?\s"
    r"(?:appeared first on|first appeared on|est apparu en premier sur|proviene da|erschien zuerst auf|se publicó primero en)"
    r"\s.{1,200}$"
)


def strip_footer(text: str) -> str:
    return FOOTER.sub("", text)
