import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select, text

from venetic.engine import SqlCase
from venetic.kernel import RunStopped, WrongUse

NOTES = Table("notes", MetaData(), Column("note", String))


@pytest.fixture
def case(tmp_path):
    """Case state with one table, at most about 40 kB of it."""
    made = SqlCase(tmp_path / "case.db")
    with made.write() as tx:
        NOTES.create(tx)
    yield made
    made.close()


def test_a_database_that_refuses_stops_the_run_and_quotes_nothing(case) -> None:
    notes = [{"note": "confidential " * 500}] * 100
    with pytest.raises(RunStopped) as stopped:  # noqa: PT012, SIM117 -- what is tested is leaving the transaction
        with case.write() as tx:
            tx.execute(text("PRAGMA max_page_count=10"))
            tx.execute(insert(NOTES), notes)
    assert "full" in str(stopped.value)
    assert "confidential" not in str(stopped.value)
    with case.read() as tx:
        assert tx.execute(select(NOTES)).first() is None


def test_text_with_half_a_character_is_refused_and_nothing_of_it_kept(case) -> None:
    with pytest.raises(WrongUse), case.write() as tx:
        tx.execute(insert(NOTES), [{"note": "whole"}, {"note": "half \udcff"}])
    with case.read() as tx:
        assert tx.execute(select(NOTES)).first() is None
