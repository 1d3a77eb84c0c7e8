"""The page for notebooks is run as it stands."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "notebook.md"


def test_the_code_of_the_notebook_page_runs(world, capsys) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    names: dict = {"folder": world.folder}
    for block in blocks:
        exec(compile(block, "notebook.md", "exec"), names)
    assert names["table"].num_rows == names["found"].count() == 1
    assert b"Rotterdam" in names["raw"]
    assert "OFFICIAL" in capsys.readouterr().out
