"""The first thing a child process runs: limits that the system enforces, then the program itself. Arguments: the
program, and one JSON object in which memory_bytes, time_s and most_bytes (of one written file) are the limits."""

import json
import os
import resource
import runpy
import sys


def main():
    asked = json.loads(sys.argv[2])
    os.nice(asked.get("nice", 0))
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (asked["time_s"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if "most_bytes" in asked:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["most_bytes"],) * 2)
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
