"""Settings → Organization."""

from frame.routes import Pages

pages = Pages()
