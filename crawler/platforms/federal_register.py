"""The Federal Register's API (federalregister.gov/developers/documentation/api/v1): documents.json."""

from crawler.api_table import ApiShape
from crawler.platforms.traits import Traits

DOCUMENTS = ApiShape(
    # A search that finds nothing has no list at all, only `count`.
    rows="results || (count == `0` && `[]`)",
    link="html_url",
    title="title",
    date="publication_date",
    summary="abstract",
    text="abstract",
    author="agencies[].name",
    id="document_number",
    next="next_page_url",
    total="count",
)
TRAITS = Traits(api=DOCUMENTS, most_rows=2000, empty_statuses=frozenset({404}))
