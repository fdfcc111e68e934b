"""Check that the record of events is the one that was sealed (`patriot audit verify`)."""
