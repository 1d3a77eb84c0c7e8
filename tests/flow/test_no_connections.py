"""No process of ours opens a connection that the operator did not configure."""

import os
import subprocess
import sys
from pathlib import Path

WALK = """
import ctypes, json, os, sys
from pathlib import Path
tried = []
sys.addaudithook(lambda name, args: tried.append(name) if name in ("socket.connect", "socket.getaddrinfo") else None)
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
alone = ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0  # where the kernel lets us, there is no network
from venetic.app import DraftOrder, create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts
folder = Path(sys.argv[1])
create_operation(folder / "op", "alone", "real")
(folder / "in" / "jabber" / "anna").mkdir(parents=True)
row = {"ts": "2020-04-01T10:00:00.000000Z", "from": "anna@x", "to": "bo@x", "body": "see you at the harbour"}
(folder / "in" / "jabber" / "anna" / "2020-04-01.json").write_text(json.dumps(row))
with open_operation(folder / "op", purpose="test") as op:
    op.haul.receive([folder / "in"], DeliveryFacts("p", "a", "stored"), op.actor)
    op.corpus.ingest(op.actor, IngestOptions())
    hits = op.search("harbor~").count()
    written = op.packages.draft(DraftOrder(folder, handle="anna@x"), op.actor)
    bad = op.packages.check(written.json, op.actor).bad
switches = {name: os.environ.get(name) for name in ("DO_NOT_TRACK",)}
print(json.dumps({"tried": tried, "hits": hits, "bad": len(bad), "switches": switches}))
"""


def test_a_whole_walk_connects_to_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(tmp_path)], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"tried": [], "hits": 1, "bad": 0, "switches": {"DO_NOT_TRACK": "1"}' in done.stdout
