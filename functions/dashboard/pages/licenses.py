"""Licenses: the list, its files, one license, and what a person may do with it."""

from frame.routes import Pages

pages = Pages()
