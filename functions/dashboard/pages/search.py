"""Search: one box for everything."""

from frame.routes import Pages

pages = Pages()
