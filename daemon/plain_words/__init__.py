"""What somebody means who writes plain words instead of a command: pure, offline, no database.

`recogniser` is the way in; `intents` says what can be meant; the sentences it learns from are in
`sentences/`, one file for each language. ADR 0026 says why it is done this way.
"""
