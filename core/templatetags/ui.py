"""Small pieces of screen that templates are made of."""

from collections.abc import Sequence

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()

_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_EDGE = 120, 32, 2


@register.simple_tag
def icon(name: str, classes: str = "", label: str = ""):
    """An icon of the sprite; hidden from screen readers unless it has a `label`."""
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
