"""Invoices, credit notes and statements as PDF, made of what their pages show."""
