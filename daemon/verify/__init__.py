"""Compare our books with the exchanges, account by account, to the last digit."""
