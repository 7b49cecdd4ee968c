"""The command line: parse, call, write. stdout is data, stderr is talk.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from wheelsdown.errors import CaseError, UsageError, WheelsdownError

__all__ = ["main"]

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from cyclopts import CycloptsError

    from wheelsdown.cli.app import app

    try:
        code = app(
            None if argv is None else list(argv),
            exit_on_error=False,
            print_error=False,
            help_on_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except CycloptsError as e:
        # the parser takes a lone dash for an option and guesses at -o
        stdin = str(e).startswith("Unknown option: -.")
        return _say("-: standard input cannot be read; save it to a file and name that" if stdin else str(e), WRONG_USE)
    except UsageError as e:
        return _say(str(e), WRONG_USE)
    except CaseError as e:
        return _say(str(e), WRONG_USE, hint="")
    except WheelsdownError as e:
        return _say(str(e), FAILED)
    except BrokenPipeError:
        # The reader has gone (head, less): not an error, but nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as e:
        where = f"{e.filename}: " if e.filename else ""
        return _say(f"{where}{e.strerror or e}", FAILED)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)


def _say(text: str, code: int, *, hint: str = " (see wheelsdown --help)") -> int:
    from wheelsdown.cli.show import printable

    print(f"wheelsdown: {printable(text)}{hint if code == WRONG_USE else ''}", file=sys.stderr)
    return code
