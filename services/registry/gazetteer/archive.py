"""What was sent as a list, taken apart into its files within bounds: nothing is unpacked to disk."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from services.registry.gazetteer.reading import AreaList, File, UnreadableFileError, read_files, unreadable

MOST_FILES = 100
MOST_BYTES = 32 * 2**20
"""The whole list of 2025 has 1.4 MB; whatever a zip claims, no more than this is unpacked."""
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
ENTRY_MAGIC = b"PK\x01\x02"
HIDDEN = ("__MACOSX", ".")


def read_list(content: bytes, name: str = "list") -> AreaList:
    """The lines of a CSV file or of a zip of such; where it cannot be read, problems without lines."""
    try:
        files = list(_files_of(content)) if content.startswith(ZIP_MAGIC) else [_single(content, name)]
    except UnreadableFileError as error:
        return AreaList(problems=[error.problem])
    return read_files(files)


def _single(content: bytes, name: str) -> File:
    if len(content) > MOST_BYTES:
        raise _too_large(name)
    if not content.strip():
        raise unreadable(name, "file_empty", "This file is empty.", "ឯកសារនេះទទេ។")
    return File(name, content)


def _files_of(content: bytes) -> Iterator[File]:
    if content.count(ENTRY_MAGIC) > 10 * MOST_FILES:  # before zipfile makes an object of each
        raise _file_count(f"> {10 * MOST_FILES}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            left = MOST_BYTES
            for member in _members(archive):
                unpacked = _unpack(archive, member, left)
                left -= len(unpacked)
                yield File(member.filename, unpacked)
    except UnreadableFileError:
        raise
    except Exception as error:  # of a damaged one, zipfile raises whatever it stumbles over
        raise unreadable(
            "zip", "zip_damaged",
            "This zip is damaged, encrypted or packed in an unusual way. Pack the CSV files again.",
            "ឯកសារ zip នេះខូច មានពាក្យសម្ងាត់ ឬវេចខ្ចប់តាមវិធីមិនធម្មតា។ សូមវេចខ្ចប់ឯកសារ CSV ម្ដងទៀត។",
        ) from error  # fmt: skip


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir() and not _hidden(member.filename)]
    if not 1 <= len(members) <= MOST_FILES:
        raise _file_count(str(len(members)))
    return members


def _hidden(path: str) -> bool:
    """What a computer puts into a zip for itself."""
    return any(part.startswith(HIDDEN) and part != ".." for part in PurePosixPath(path).parts)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> bytes:
    """The content of a member, read no further than the bound, as the size it claims may be a lie."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise unreadable(
            member.filename[:100], "path_unsafe", "A file in a zip must not lead out of it.",
            "ឯកសារក្នុង zip មិនត្រូវមានផ្លូវចេញក្រៅវាទេ។",
        )  # fmt: skip
    if path.suffix.casefold() != ".csv":
        raise unreadable(
            member.filename[:100], "not_csv", "This is no CSV file; put nothing but the list's CSV files into the zip.",
            "នេះមិនមែនជាឯកសារ CSV ទេ។ សូមដាក់តែឯកសារ CSV នៃបញ្ជីក្នុង zip។",
        )  # fmt: skip
    with archive.open(member) as stream:
        unpacked = stream.read(left + 1)
    if len(unpacked) > left:
        raise _too_large(member.filename[:100])
    return unpacked


def _file_count(count: str) -> UnreadableFileError:
    return unreadable(
        "zip",
        "file_count",
        f"A zip of a list holds 1 to {MOST_FILES} CSV files; this one holds {count}.",
        f"ឯកសារ zip ត្រូវមានឯកសារ CSV ពី ១ ដល់ {MOST_FILES} ប៉ុន្តែនេះមាន {count}។",
    )


def _too_large(name: str) -> UnreadableFileError:
    return unreadable(
        name, "too_large",
        f"A list has at most {MOST_BYTES // 2**20} MiB unpacked; a whole one has about 1.5.",
        f"បញ្ជីមានទំហំធំបំផុត {MOST_BYTES // 2**20} MiB ក្រោយពន្លា ខណៈបញ្ជីពេញលេញមានប្រហែល 1.5 MiB។",
    )  # fmt: skip
