"""Where the kept runs are."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["location"]

_FOLDER = ".pulse"
_FILE = "runs.sqlite3"


def location(environ: Mapping[str, str], directory: Path) -> Path:
    """The file of kept runs for what is run in a directory.

    It is in the folder that PULSE_HOME names; else in `.pulse` at the top of the git checkout that the directory is
    in; else in `.pulse` in the directory itself.
    """
    home = environ.get("PULSE_HOME")
    if home:
        return Path(home) / _FILE
    checkout = next((place for place in (directory, *directory.parents) if (place / ".git").exists()), directory)
    return checkout / _FOLDER / _FILE
