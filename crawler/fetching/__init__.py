"""How pages are asked for: robots.txt, politeness, conditional requests, the address guard, the kinds of failure."""
