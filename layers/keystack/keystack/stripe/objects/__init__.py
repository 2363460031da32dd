"""Stripe's objects, one module each: the fields that are read, and the function that makes our own value of them.

The same function reads the snapshot in an event and an answer of Stripe's API. It raises UnreadableError.
"""
