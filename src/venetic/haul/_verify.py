"""Re-hash everything sealed and say what is not as recorded."""

import hashlib
from collections.abc import Callable, Iterator

from sqlalchemy import select

from venetic.haul._ledger import read_files
from venetic.haul._manifest import manifest_name
from venetic.haul._receive import Stores, unrecorded
from venetic.haul._records import BadObject, Progress, Verification
from venetic.haul._sealing import CHUNK_BYTES, object_name
from venetic.haul._tables import deliveries, open_runs, sealed
from venetic.kernel import Corrupt, NotFound


def verify(stores: Stores, progress: Callable[[Progress], None] | None) -> Verification:
    """Read every object once and compare its hash, manifests and provider's lists included.

    A file re-sealed under a direction is compared with its new hash, a deleted one must be gone. An object that no
    row names is bad, unless a killed receive explains it: then it is counted as unrecorded.
    """
    expected = dict(_expected(stores))
    total = sum(stores.objects.size(name) or 0 for name in expected)
    bad: list[BadObject] = []
    done = 0
    shown = _paths(stores)
    for number, (name, sha256) in enumerate(expected.items(), 1):
        size, what = _fault(stores, name, sha256)
        done += size
        if what is not None:
            bad.append(BadObject(shown.get(sha256, name), what))
        if progress is not None:
            progress(Progress(number, done, total))
    extra = unrecorded(stores)
    with stores.case.read() as tx:
        is_explained = tx.execute(select(open_runs)).first() is not None
    if not is_explained:
        bad.extend(BadObject(name, "no delivery recorded this object") for name in extra)
    return Verification(len(expected), tuple(bad), len(extra) if is_explained else 0)


def _expected(stores: Stores) -> Iterator[tuple[str, str]]:
    with stores.case.read() as tx:
        for sha256 in tx.execute(select(sealed.c.stored_sha256)).scalars():
            if sha256 is not None:
                yield object_name(sha256), sha256
        query = select(deliveries.c.haul, deliveries.c.manifest_sha256, deliveries.c.list_sha256)
        for haul, manifest, listed in tx.execute(query.order_by(deliveries.c.number)):
            yield manifest_name(haul), manifest
            if listed is not None:
                yield object_name(listed), listed


def _paths(stores: Stores) -> dict[str, str]:
    with stores.case.read() as tx:
        query = select(sealed.c.sha256, sealed.c.stored_sha256).where(sealed.c.stored_sha256.is_not(None))
        stored = {row.sha256: row.stored_sha256 for row in tx.execute(query)}
    return {stored[file.sha256]: f"{file.hauls[0]}/{file.path}" for file in read_files(stores.case) if file.is_held}


def _fault(stores: Stores, name: str, sha256: str) -> tuple[int, str | None]:
    digest, size = hashlib.sha256(), 0
    try:
        with stores.objects.open(name) as stream:
            while data := stream.read(CHUNK_BYTES):
                digest.update(data)
                size += len(data)
    except NotFound:
        return 0, f"missing from the store ({name})"
    except (OSError, Corrupt):
        return size, f"cannot be read from the store ({name})"
    if digest.hexdigest() != sha256:
        return size, f"differs from what was sealed ({name})"
    return size, None
