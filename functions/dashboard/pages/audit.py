"""The audit log."""

from frame.routes import Pages

pages = Pages()
