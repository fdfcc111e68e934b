"""The desk's bot: who reads its messages, whose chat is whose, and what is answered there."""
