"""Rules over every file of a kind, one test a rule."""
