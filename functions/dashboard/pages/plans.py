"""Settings → Plans."""

from frame.routes import Pages

pages = Pages()
