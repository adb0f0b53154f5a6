"""The reasons why something cannot be started here, each one sentence for the person at the keyboard."""

import errno


class CannotRun(Exception):
    """The sentence says what is wrong and what to do. Nothing was lost."""


def sentence_for(error: OSError, where: object) -> str | None:
    """What a failed file operation means, or None if it is no everyday trouble."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {where} is full. Make room and run the command again; nothing was lost."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or where} cannot be written to. Run the command as the owner of the folder."
    return None


def no_space(output: str) -> bool:
    return "No space left on device" in output or "Disk quota exceeded" in output
