"""Tables and pictures of a page that are made from a file of numbers. For the scripts of this folder that make them.

A table stands between <!-- KIND: NAME --> and <!-- end of KIND -->.
"""
import re
import sys


class Page:
    def __init__(self, path, kind, tables, charts, command):
        """tables: lines of Markdown by name. charts: SVG text by the name of a file beside the page."""
        self.path, self.kind, self.tables, self.command = path, kind, tables, command
        self.charts = {path.with_name(name): text for name, text in charts.items()}

    def _texts(self):
        """What the page says, and what it says with all tables made anew."""
        found = set()

        def made(match):
            found.add(match[2])
            if match[2] not in self.tables:
                sys.exit(f"{self.path.name} asks for a table {match[2]}; known are {', '.join(self.tables)}")
            return match[1] + "\n".join(self.tables[match[2]]) + "\n" + match[4]

        old = self.path.read_text()
        marked = re.compile(rf"(<!-- {self.kind}: (\S+) -->\n)(.*?)(<!-- end of {self.kind} -->)", re.S)
        new = marked.sub(made, old)
        if missing := set(self.tables) - found:
            sys.exit(f"{self.path.name} lacks the tables {', '.join(sorted(missing))}")
        return old, new

    def write(self):
        self.path.write_text(self._texts()[1])
        for path, text in self.charts.items():
            path.write_text(text)

    def check(self):
        old, new = self._texts()
        if old != new or any(not path.exists() or path.read_text() != text for path, text in self.charts.items()):
            sys.exit(f"the tables or pictures of {self.path.name} are not what its runs give: {self.command} --write")
