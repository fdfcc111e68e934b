"""Invoices, credit notes and statements as files, for a page and for a chat."""
