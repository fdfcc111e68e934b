"""Until when an auditor is let in: one condition, asked wherever a person is looked up to enter."""

HAS_ACCESS = "(u.access_until IS NULL OR u.access_until > :now)"
"""On `users AS u`, with the wire clock's `:now` bound."""
