"""The SQLite archive: schema, store and search. All SQL lives here."""
