"""``manage.py h5p_pack FOLDER FILE``: pack a folder into a .h5p file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.h5p.packing import folder_pack


class Command(BaseCommand):
    help = "Pack a folder with h5p.json, content/ and libraries into a .h5p file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not (folder / "h5p.json").is_file():
            raise CommandError(f"{folder} has no h5p.json.")
        options["file"].write_bytes(folder_pack(folder))
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size} bytes")
