"""TOML files that people write: every mistake is reported with its file and line, and what is allowed there.

`tomllib` reads the data but forgets the lines; `lines` finds them again. A `Table` hands out typed values,
remembers which keys were asked for and, at `done()`, refuses the ones nobody knows (most often a typing mistake).
"""

from broadcaster.tomlfile.document import MINUTES, SECONDS, Table, TomlFile, read_text
from broadcaster.tomlfile.lines import Keys, find_lines
from broadcaster.tomlfile.values import as_day, as_time

__all__ = ["MINUTES", "SECONDS", "Keys", "Table", "TomlFile", "as_day", "as_time", "find_lines", "read_text"]
