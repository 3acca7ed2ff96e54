"""The examination of a station and its machine: each check returns findings (fine, a warning, a fault) with a cure."""

from broadcaster.service.checks.every import CHECKS, examine
from broadcaster.service.checks.finding import Check, Finding, Verdict
from broadcaster.service.checks.site import Site

__all__ = ["CHECKS", "Check", "Finding", "Site", "Verdict", "examine"]
