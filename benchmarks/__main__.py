"""Runs every benchmark and prints what was measured, on what, and whether it is within its bound."""

import os
import platform
import sys

from benchmarks import crawl_round, crawl_speed, digest_speed, footprint, match_speed, polling


def main() -> int:
    sys.stdout.write(f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores\n")
    results = [
        *polling.measure(),
        *match_speed.measure(),
        *footprint.measure(),
        *digest_speed.measure(),
        *crawl_speed.measure(),
        *crawl_round.measure(),
    ]
    for result in results:
        sys.stdout.write(f"{result}\n")
    return 0 if all(result.is_within for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
