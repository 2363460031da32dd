"""One customer: everything of one buyer."""

from frame.routes import Pages

pages = Pages()
