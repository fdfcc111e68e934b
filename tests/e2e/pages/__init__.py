"""Page objects: what a person does on a page, by role and label."""
