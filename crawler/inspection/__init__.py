"""Looks a site over, politely: asks for a few pages and well-known places, and tells how a source could read it."""
