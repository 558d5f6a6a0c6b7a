"""The table of routes as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from typing import Any

from nbmlops.server.routes import PREFIX, ROUTES, Field, Route
from nbmlops.version import __version__

__all__ = ["document"]

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "integer": {"type": "integer"},
    "words": {"type": "array", "items": {"type": "string"}},
    "mapping": {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    },
}
_ERROR = {
    "description": "What was wrong, what there is instead, and what to do.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def document() -> dict[str, Any]:
    """The document; the server's own token or cookie authenticates."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/{PREFIX}{route.path}", {})[route.method.lower()] = _operation(route)
    text = {"type": "string"}
    error = {
        "type": "object",
        "required": ["type", "kind", "message", "hint", "details"],
        "properties": {
            "type": text,
            "kind": text,
            "message": text,
            "hint": text,
            "details": {"type": "object"},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "nbmlops", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": error},
                }
            },
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
        },
        "security": [{"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    parameters += [
        {
            "name": field.name,
            "in": "query",
            "description": field.told,
            "required": field.is_required,
            "schema": _schema(field),
        }
        for field in route.query
    ]
    operation: dict[str, Any] = {
        "operationId": route.verb,
        "summary": route.told,
        "parameters": parameters,
        "responses": {"200": _answer(route), "default": _ERROR},
    }
    if route.body:
        schema = {
            "type": "object",
            "required": [field.name for field in route.body if field.is_required],
            "properties": {
                field.name: {**_schema(field), "description": field.told} for field in route.body
            },
            "additionalProperties": False,
        }
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _answer(route: Route) -> dict[str, Any]:
    if route.answer is None:
        media = "text/event-stream" if route.verb == "events" else "application/octet-stream"
        return {"description": route.told, "content": {media: {}}}
    schema = {"type": "object", "required": list(route.answer)}
    return {"description": route.told, "content": {"application/json": {"schema": schema}}}


def _schema(field: Field) -> dict[str, Any]:
    schema = dict(_TYPES[field.kind])
    if field.most and field.kind == "integer":
        schema |= {"minimum": field.least, "maximum": field.most}
    if field.most and field.kind == "words":
        schema |= {"minItems": field.least, "maxItems": field.most}
    return schema
