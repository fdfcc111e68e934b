"""A Bot API server of our own for tests: Telegram's HTTP protocol over real sockets."""
