"""Names as people type them: without accents and case (api.md, search by agent and queue)."""

import unicodedata


def folded(text: str) -> str:
    """NFKD, marks dropped, casefolded: `Lefèvre` and `LEFEVRE` are the same."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def full_name(firstname: str, lastname: str, name: str) -> str:
    """`Firstname Lastname`, or the name that the PBX uses when the directory has neither."""
    return " ".join(part for part in (firstname, lastname) if part) or name
