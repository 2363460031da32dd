"""One order: what happened, in the order of time."""

from frame.routes import Pages

pages = Pages()
