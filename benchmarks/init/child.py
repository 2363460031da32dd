"""Run in a new process: times the import of a handler, as Lambda's bootstrap imports it; prints milliseconds, modules.

It imports as little as it can itself: what it imported, the handler would get for nothing.
"""

import sys
from time import perf_counter


def main(handler: str, path: list[str]) -> None:
    """Import `handler` (module.function) with `path` before the standard library's, as on Lambda."""
    module, _, function = handler.rpartition(".")
    sys.path[:0] = path
    known = len(sys.modules)
    began = perf_counter()
    found = getattr(__import__(module), function)
    milliseconds = (perf_counter() - began) * 1000
    if not callable(found):
        raise TypeError(f"{handler} is no function")
    print(milliseconds, len(sys.modules) - known)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
