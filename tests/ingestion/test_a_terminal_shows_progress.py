"""A bar with what was read so far on a terminal; elsewhere plain lines and nothing that moves."""

import os
import pty
import re
from contextlib import suppress

from tests.ingestion.harness import Shop


def test_a_terminal_shows_what_was_read(shop: Shop) -> None:
    shop.write("in/1.jsonl", "1\n" * 50_000)
    shop.environment = {"TERM": "xterm", "COLUMNS": "100"}
    ours, theirs = pty.openpty()
    process = shop.start("ingest", "--source=web=in", terminal=theirs)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # of a terminal that nobody writes to any more
        while part := os.read(ours, 1 << 16):
            said += part
    os.close(ours)
    assert process.wait() == 0
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", said).decode()
    bars = [line for line in re.split(r"[\r\n]+", text) if line.startswith("web.events ")]
    assert re.search(r"━ 100.0/100.0 kB 0:00:\d\d", bars[-1]), text
    # The bar goes when it is done, a line up and erased; what landed stays.
    assert re.search(rb"\x1b\[1A\x1b\[2K[^\n]*web: 50,000 rows landed from 1 file\s*$", said)


def test_a_pipe_gets_plain_lines(shop: Shop) -> None:
    shop.write("in/1.jsonl", "1\n")
    shop.environment = {"TERM": "xterm"}
    done = shop.ingest(web="in")
    assert (done.out, done.err) == ("web: 1 row landed from 1 file\n", "")
