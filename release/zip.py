"""Writes an archive whose bytes depend on nothing but its content and the given time.

zip.py ARCHIVE SECONDS MODE NAME FILE [MODE NAME FILE]...

`zip -X` comes near, but takes times from the files and is missing on some systems.
"""

import sys
import time
import zipfile

EARLIEST = 315532800  # 1980-01-01, the earliest time in the format


def main(archive: str, seconds: str, *members: str) -> None:
    when = time.gmtime(max(int(seconds), EARLIEST))[:6]
    with zipfile.ZipFile(archive, "w") as written:
        for mode, name, file in zip(*[iter(members)] * 3, strict=True):
            member = zipfile.ZipInfo(name, when)
            member.create_system = 3  # Unix, so that the mode below is kept
            member.external_attr = (0o100000 | int(mode, 8)) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            with open(file, "rb") as content:
                written.writestr(member, content.read(), compresslevel=9)


main(*sys.argv[1:])
