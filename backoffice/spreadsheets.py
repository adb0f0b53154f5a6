"""What a file for a spreadsheet must not hold."""

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Tells a spreadsheet that the file is UTF-8.
MARK = "\ufeff"


def neutral(cell: str) -> str:
    """The same text, never a formula: an apostrophe goes before what a spreadsheet would carry out."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
