"""What `doctor` looks at. Each check returns findings: fine, a warning, or a fault with its cure."""

from broadcaster.cli.checks.every import CHECKS
from broadcaster.cli.checks.finding import SETTINGS, Check, Finding, Verdict

__all__ = ["CHECKS", "SETTINGS", "Check", "Finding", "Verdict"]
