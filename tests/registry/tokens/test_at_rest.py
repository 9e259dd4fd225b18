"""A copy of the database lets nobody sign in."""

from tests.registry.conftest import PASSWORD, Registry


async def test_no_secret_is_readable_in_any_table(registry: Registry) -> None:
    await registry.person("caf@020201")
    client = await registry.system("partner@02")
    signed_in = (await registry.sign_in()).json()
    refreshed = (await registry.token(grant_type="refresh_token", refresh_token=signed_in["refresh_token"])).json()
    await registry.sign_in(password="almost " + PASSWORD)
    secrets = [PASSWORD, client["client_secret"], signed_in["refresh_token"], refreshed["refresh_token"]]
    secrets += [signed_in["access_token"], refreshed["access_token"]]
    tables = await registry.rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'registry'"
    )
    assert len(tables) > 10
    for table in tables:
        for row in await registry.rows(f'SELECT * FROM "{table.name}"'):  # noqa: S608 - a table's own name
            held = " ".join(bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value) for value in row)
            assert not [secret for secret in secrets if secret in held], table.name
    (person,) = await registry.rows("SELECT password_hash FROM account WHERE kind = 'person'")
    assert person.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
