"""One URL, two templates: the page, and the fragment that htmx asks for."""

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_fragment(request) -> bool:
    """Whether htmx asks for a piece of the page; a restored history entry needs the whole."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_page(request, page: str, fragment: str, context: dict, status: int = 200):
    """Render `fragment` for htmx and `page` (which includes the fragment) for everybody else."""
    template = fragment if wants_fragment(request) else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def trigger(response: HttpResponse, **events) -> HttpResponse:
    """Add events to HX-Trigger: trigger(response, toast={"text": …, "undo_url": …})."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**known, **events})
    return response
