"""The command line: one file per command, each imported only when it is called.

Doors talk to people: they turn wishes into journal rows, and rows and errors into plain words. They decide nothing
about what airs and when; that is the station's. `program.py` holds the program itself, `table.py` the list of commands.
"""

from broadcaster.cli.program import main

__all__ = ["main"]
