"""Pages of the house itself."""

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render


def healthz(request):
    """The process answers. Asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    """Whether requests can be served: database, migrations, cache; and whether the worker is up.

    503 when a part that pages need is missing. Names parts, never their addresses or errors.
    """
    parts = {"database": _works(_database), "cache": _works(_cache)}
    parts["migrations"] = parts["database"] and _works(_migrations)
    ready = all(parts.values())
    parts["worker"] = parts["cache"] and cache.get("core.heartbeat") is not None
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def _works(check) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 whatever is broken, the answer is "not ready"
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _cache() -> bool:
    cache.set("core.readyz", 1, timeout=10)
    return cache.get("core.readyz") == 1


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def csrf_failure(request, reason=""):
    """A form without its token: say what to do, not why."""
    return render(request, "403_csrf.html", status=403)
