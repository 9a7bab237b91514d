"""A whole installation as real processes: sandbox, web server, worker; each can be killed and started again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]


class Town:
    """Processes of one installation over a fresh state folder."""

    def __init__(self, var):
        self.var = Path(var)
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("PKIP_")} | {
            "PKIP_VAR": str(self.var),
            "PKIP_SANDBOX_URL": self.sandbox_url,
            "PKIP_BASE_URL": self.url,
        }
        self.logs = self.var / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.processes = {}

    def pkip(self, *command, check=True):
        """Run a pkip command to its end; gives the finished process."""
        return subprocess.run(
            [sys.executable, "-m", "portal", *command],
            env=self.env,
            cwd=ROOT,
            check=check,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def start(self, *names):
        """Start processes (by default all) and wait until they answer."""
        commands = {
            "sandbox": ["sandbox", "--port", str(self.sandbox_port)],
            "web": ["web", "--port", str(self.port), "--threads", "60"],
            "worker": ["worker"],
        }
        for name in names or commands:
            with (self.logs / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "portal", *commands[name]],
                    env=self.env,
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in (names or commands):
            _wait(f"{self.url}/sign-in")
        if "sandbox" in (names or commands):
            _wait(self.sandbox_url)

    def kill(self, name):
        """kill -9, its children too."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self):
        """End everything."""
        for name in list(self.processes):
            self.kill(name)

    def log(self, name):
        """What a process has said."""
        return (self.logs / f"{name}.log").read_text(errors="replace")


def _wait(url, wait_s=120):
    ends = time.monotonic() + wait_s
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
