"""Small pieces of screen that templates are made of."""

import uuid
from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()

_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_EDGE = 120, 32, 2


@register.simple_tag
def icon(name: str, classes: str = "", label: str = ""):
    """An icon of the sprite; hidden from screen readers unless it has a `label`."""
    return _icon(name, classes, str(label))


@lru_cache(maxsize=1000)
def _icon(name: str, classes: str, label: str):
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}"></use></svg>',
            classes,
            label,
            href,
        )
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}"></use></svg>', classes, href
    )


@register.simple_tag
def sparkline(points: Sequence[int], label: str = ""):
    """A step line through `points` (any one unit): values hold until they change."""
    values = list(points)
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    inner = _SPARK_HEIGHT - 2 * _SPARK_EDGE
    step = _SPARK_WIDTH / (len(values) - 1)
    coordinates = []
    previous = None
    for number, value in enumerate(values):
        y = _SPARK_EDGE + inner * (high - value) / span if high != low else _SPARK_HEIGHT / 2
        if previous is not None:
            coordinates.append(f"{number * step:.1f},{previous:.1f}")
        coordinates.append(f"{number * step:.1f},{y:.1f}")
        previous = y
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" preserveAspectRatio="none" {}>'
        '<polyline points="{}"></polyline></svg>',
        _SPARK_WIDTH,
        _SPARK_HEIGHT,
        format_html('role="img" aria-label="{}"', label)
        if label
        else format_html('aria-hidden="{}"', "true"),
        " ".join(coordinates),
    )


@register.simple_tag
def unique_key() -> str:
    """A new key for a form, so that sending it twice takes effect once."""
    return str(uuid.uuid4())


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The page's query string with `changes` (None takes a key out), for links: "?a=1&b=2"."""
    parameters = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            parameters.pop(key, None)
        else:
            parameters[key] = value
    return "?" + parameters.urlencode()


@register.filter
def chart_rows(chart: dict):
    """(label, text) of a chart's first series, for its table."""
    return list(zip(chart["labels"], chart["series"][0]["texts"], strict=True))


@register.filter
def chart_table(chart: dict):
    """(label, [(text, url) of each series]) for every point of a chart."""
    columns = [
        list(zip(series["texts"], series["urls"], strict=True)) for series in chart["series"]
    ]
    return list(zip(chart["labels"], zip(*columns, strict=True), strict=True))


@register.filter
def month_before(month):
    """The month before a core.months.Month."""
    return month - 1


@register.filter
def month_after(month):
    """The month after it."""
    return month + 1
