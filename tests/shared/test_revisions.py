"""The newest migration is what Alembic takes it for."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from shared import migrations, revisions
from tests.world import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_the_head_is_alembics(service: str) -> None:
    assert revisions.head(service) == ScriptDirectory.from_config(migrations.config(service)).get_current_head()


def test_branches_join_and_loose_ends_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "SERVICES", tmp_path)
    versions = tmp_path / "toy" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "__init__.py").touch()
    assert revisions.head("toy") is None
    (versions / "a.py").write_text('revision: str = "a"\ndown_revision: str | None = None\n')
    (versions / "b.py").write_text('revision = "b"\ndown_revision = "a"\n')
    assert revisions.head("toy") == "b"
    (versions / "c.py").write_text('revision = "c"\ndown_revision = "a"\n')
    with pytest.raises(ValueError, match="toy has several newest migrations: b, c"):
        revisions.head("toy")
    (versions / "d.py").write_text('revision = "d"\ndown_revision = ("b", "c")\n')
    assert revisions.head("toy") == "d"
