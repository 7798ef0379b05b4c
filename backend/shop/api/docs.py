"""A page for people about the API, made from /openapi.json.

Written here because FastAPI's own page loads its scripts from another site: blank on a network that is closed, and a
stranger's script beside the API.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> HTMLResponse:
    return HTMLResponse(page(request.app.openapi()))


def page(api: Json) -> str:
    """The whole document as HTML. Pure."""
    routes = [(path, method, each) for path, methods in api["paths"].items() for method, each in methods.items()]
    return _PAGE.format(
        title=escape(api["info"]["title"]),
        about="".join(f"<p>{escape(each)}</p>" for each in api["info"]["description"].strip().split("\n\n")),
        contents="".join(_line(*each) for each in routes),
        routes="".join(_route(*each) for each in routes),
        shapes="".join(_shape(name, each) for name, each in api["components"]["schemas"].items()),
    )


def _line(path: str, method: str, route: Json) -> str:
    link = f'<a href="#{escape(route["operationId"])}"><code>{method.upper()} {escape(path)}</code></a>'
    return f"<tr><td>{link}</td><td>{escape(route['summary'])}</td></tr>"


def _route(path: str, method: str, route: Json) -> str:
    answers = "".join(_answer(status, each) for status, each in route["responses"].items())
    asks = "".join(_ask(each) for each in route.get("parameters", []))
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return (
        f'<section id="{escape(route["operationId"])}"><h2><code>{method.upper()} {escape(path)}</code></h2>'
        f"<p><strong>{escape(route['summary'])}</strong>{_signed_in(route)}</p>"
        f"<p>{escape(route.get('description', ''))}</p>"
        + (f"<p>Body: {_type(body)}</p>" if body else "")
        + (f"<ul>{asks}</ul>" if asks else "")
        + f"<table>{answers}</table></section>"
    )


def _signed_in(route: Json) -> str:
    return " · needs an access token" if route.get("security") else ""


def _ask(parameter: Json) -> str:
    return f"<li><code>{escape(parameter['name'])}</code> in the {escape(parameter['in'])}</li>"


def _answer(status: str, answer: Json) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td><td>{_type(schema)}</td></tr>"


def _shape(name: str, schema: Json) -> str:
    fields = "".join(_field(field, each) for field, each in schema.get("properties", {}).items())
    about = f"<p>{escape(schema['description'])}</p>" if "description" in schema else ""
    return f'<section id="{escape(name)}"><h2>{escape(name)}</h2>{about}<table>{fields}</table></section>'


def _field(name: str, schema: Json) -> str:
    about = escape(schema.get("description", ""))
    return f"<tr><td><code>{escape(name)}</code></td><td>{_type(schema)}</td><td>{about}</td></tr>"


def _type(schema: Json) -> str:
    """A schema in a few words, with links to the shapes below."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(schema.get("format") or schema.get("type") or "")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: the API</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 24px }}
table {{ border-collapse: collapse; width: 100% }}
td {{ border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 8px 16px 8px 0;
  vertical-align: top; overflow-wrap: anywhere }}
h2 {{ font-size: 1.1rem; margin: 32px 0 0 }}
p {{ margin: 8px 0; white-space: pre-line }}
</style></head><body>
<h1>{title}: the API</h1>{about}<p>For programs: <a href="/openapi.json">/openapi.json</a></p>
<nav aria-label="Routes"><table>{contents}</table></nav>
<main>{routes}<h1>Shapes</h1>{shapes}</main>
</body></html>
"""
