"""Secrets are random, private, kept, and never made anew under data that need the old ones."""

from pathlib import Path

import pytest

from deploy.local import secret_store
from deploy.local.problems import Problem


def test_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    made = secret_store.keep(path, data_exist=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret_store.keep(path, data_exist=True) == made
    assert len(set(made.values())) == len(made)
    assert all(len(value) >= 20 and value[0].isalpha() for value in made.values())


def test_each_installation_has_its_own(tmp_path: Path) -> None:
    first, second = (secret_store.keep(tmp_path / name, data_exist=False) for name in ("a", "b"))
    assert not set(first.values()) & set(second.values())


def test_a_missing_one_is_added_beside_the_others(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    made = secret_store.keep(path, data_exist=False)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("NATS_PASSWORD_NOTIFY")]
    path.write_text("\n".join(lines))
    again = secret_store.keep(path, data_exist=True)
    assert again["NATS_PASSWORD_NOTIFY"] != made["NATS_PASSWORD_NOTIFY"]
    assert {**again, "NATS_PASSWORD_NOTIFY": ""} == {**made, "NATS_PASSWORD_NOTIFY": ""}


def test_lost_ones_are_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Put it back from a backup"):
        secret_store.keep(tmp_path / "secrets.env", data_exist=True)
