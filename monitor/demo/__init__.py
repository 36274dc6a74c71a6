"""A small press world on loopback, for the demonstration and the tests."""
