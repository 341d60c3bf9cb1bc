"""`/docs`: the OpenAPI description as one plain page. It loads nothing from elsewhere: it works offline."""

import json
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

_TEMPLATE = Path(__file__).with_name("docs.html")


def docs_router() -> APIRouter:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        schema = request.app.openapi()
        schemas = schema["components"]["schemas"]
        events = {name: part for name, part in schemas.items() if "specversion" in part.get("properties", {})}
        page = template.render(
            info=schema["info"],
            paths=schema["paths"],
            events=events,
            pretty=lambda shown: json.dumps(shown, indent=2, ensure_ascii=False),
        )
        return HTMLResponse(page)

    return router
