"""GovCMS, the Australian government's Drupal: read as Drupal, and patient for a shorter time."""

from dataclasses import replace

from crawler.platforms import drupal

# Akamai in front of the Australian government lets connections from data centres hang instead of refusing them.
ANSWERS_WITHIN_S = 10.0
TRAITS = replace(drupal.TRAITS, answers_within_s=ANSWERS_WITHIN_S)
