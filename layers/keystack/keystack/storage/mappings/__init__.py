"""The mappings table: what an organization configures."""
