"""Home: what needs a person, and how the last 30 days were; for a new organization, its first steps."""

from frame.routes import Pages

pages = Pages()
