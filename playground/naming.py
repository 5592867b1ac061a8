"""Operations as people read them, by the same names on every page."""

from connector.models.deployed_model import Operation

NOT_LISTED = {"models": "List of models", "raw": "Request of one's own"}  # operations that no model is chosen for


def operation(name: str) -> str:
    """`image_generations` → `Images`."""
    if name in Operation.values:
        return str(Operation(name).label)
    return NOT_LISTED.get(name, name.replace("_", " "))
