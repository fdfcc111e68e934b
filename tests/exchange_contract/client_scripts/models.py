"""How the typed models of the official Binance client took an answer."""

from pydantic import BaseModel


def read(value):
    """Return the data with the keys that the models do not know, and those that they missed."""
    unknown, missed = set(), set()
    _walk(value, "", unknown, missed)
    return {"unknown": sorted(unknown), "missed": sorted(missed), "data": plain(value)}


def plain(value):
    """Turn models into what JSON can tell."""
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.to_dict() if isinstance(value, BaseModel) else value


def _walk(value, path, unknown, missed):
    if isinstance(value, list):
        for entry in value[:3]:
            _walk(entry, f"{path}[]", unknown, missed)
        return
    if not isinstance(value, BaseModel):
        return
    actual = getattr(value, "actual_instance", None)
    if actual is not None:
        _walk(actual, path, unknown, missed)
        return
    unknown.update(f"{path}.{name}" for name in getattr(value, "additional_properties", {}))
    for name, field in type(value).model_fields.items():
        if name == "additional_properties":
            continue
        inner = getattr(value, name)
        if inner is None:
            missed.add(f"{path}.{field.alias or name}")
        _walk(inner, f"{path}.{field.alias or name}", unknown, missed)
