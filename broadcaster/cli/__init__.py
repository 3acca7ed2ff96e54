"""The command line: one file per command, each imported only when it is called.

Commands turn what people ask for into journal rows, and rows and errors into plain words. What airs, and when, is
decided by the station. `program.py` holds the program itself, `table.py` the list of commands.
"""

from broadcaster.cli.program import main

__all__ = ["main"]
