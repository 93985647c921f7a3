"""What a sheet, a window or a correction answers when it cannot do what was asked."""


class SheetError(Exception):
    """A sheet cannot do what was asked; the message says why, in the reader's language."""
