import json
import os
import socket

import pytest

from venetic.haul import DeliveryFacts
from venetic.kernel import NotFound, WrongUse


def test_a_folder_is_sealed_file_by_file_and_read_back(operation, delivery) -> None:
    (delivery / "b").mkdir()
    (delivery / "b" / "two.txt").write_bytes(b"two")
    (delivery / "a.txt").write_bytes(b"one")
    receipt = operation.receive(delivery)
    assert (receipt.haul, receipt.files, receipt.bytes, receipt.refused) == ("H1", 2, 6, 0)
    assert operation.paths() == ["a.txt", "b/two.txt"]
    assert operation.content("b/two.txt") == b"two"
    source = operation.room.open_source(next(iter(operation.room.files())).sha256)
    assert (source.size, source.path, source.head(2), source.head()) == (3, "a.txt", b"on", b"one")
    assert operation.room.verify().bad == ()
