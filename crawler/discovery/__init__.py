"""Finds how a site lists what it publishes, from its pages alone; fetching them is left to `crawler.inspection`."""
