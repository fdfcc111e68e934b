"""What several pages share: wording of keys, fees and histories, and reading addresses."""
