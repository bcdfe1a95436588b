"""Odd and hostile mails to a colleague's answer address, through a real Postfix and Dovecot: what became of each.

uv run python bench/mail_answers.py        # needs what tests/channels/mail/servers.py needs; writes bench/results/mail_answers.json
"""

import os
import subprocess
import sys
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "mail_answers.json"
TEST = "tests/channels/mail/test_mail_answers.py"


def main() -> int:
    """Run the test that sends and judges them, and keep what it found; its exit code."""
    words = [sys.executable, "-m", "pytest", "-o", "addopts=-q -p samspil.project.testing", "-m", "servers", TEST]
    done = subprocess.run(words, check=False, cwd=Path(__file__).parents[1], env={**os.environ, "SAMSPIL_RESULTS": str(RESULT)})
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
