"""The stage's seed: the project's loader and its words, and the template that a seeded database is cloned from."""
