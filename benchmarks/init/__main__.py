"""make bench-init: what the import of each function's handler costs, beside what others cost. SAMPLES=15"""

import os
import sys

from benchmarks.init.folders import BUILD, STATE
from benchmarks.init.functions import BuildError, function_candidates
from benchmarks.init.lambda_python import prepare_runtime
from benchmarks.init.peers import NodeMissingError, node_peer, python_peers
from benchmarks.init.sampling import measure
from benchmarks.init.table import failures, markdown, rows_of

SAMPLES = int(os.environ.get("SAMPLES") or 15)


def main() -> int:
    """Measure, print the table, and return 1 if anything failed."""
    failed = []
    try:
        functions = function_candidates(BUILD, STATE / "copies")
    except BuildError as error:
        print(f"FAILED: {error}")
        return 1
    prepare_runtime()
    yardstick, *candidates = python_peers()
    try:
        candidates.append(node_peer())
    except NodeMissingError as error:
        print(f"NOT MEASURED: {error}")
        if os.environ.get("CI"):
            failed.append(str(error))
    candidates += functions
    print(f"Importing {len(candidates)} handlers, {SAMPLES} times each ...", flush=True)
    rows = rows_of(measure(yardstick, candidates, SAMPLES))
    print(markdown(rows))
    failed += failures(rows)
    for sentence in failed:
        print(f"FAILED: {sentence}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
