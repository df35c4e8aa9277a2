"""Rules: the list in its order, the page of one, what it would do and what it did."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.forms import clean_text
from core.numbers import row_id
from core.queue import enqueue
from ledger.errors import LedgerError
from ledger.models import Category, Payee, Rule
from ledger.rule_draft import MATCHES, Draft
from ledger.rule_health import rule_health
from ledger.rule_preview import preview_rule
from ledger.rule_replay import replay_draft
from ledger.rule_suggestions import suggest_rules
from ledger.rule_words import Words
from ledger.rules.language import RuleError
from ledger.services.rule_exchange import MAX_BYTES, export_rules, import_rules
from ledger.services.rulebook import (
    apply_to_past,
    delete_rule,
    is_long_work,
    reorder_rules,
    save_rule,
)
from ledger.views.common import posted_ids


@require_GET
@reader
def rule_list(request):
    household = request.household
    rules = list(Rule.objects.for_household(household))
    words = Words(household)
    health = rule_health(household, rules)
    rows = [
        (rule, words.conditions(rule), words.actions(rule), health.get(rule.pk)) for rule in rules
    ]
    suggestions = suggest_rules(household) if request.role != "viewer" else []
    context = {"rows": rows, "suggestions": suggestions}
    return render(request, "ledger/rule_list.html", context)


@editor
def rule_add(request):
    if request.method == "POST":
        return _write(request, None)
    draft = Draft.of_data(request.household, *_proposal(request))
    return _page(request, draft)


def _proposal(request) -> tuple[dict, list]:
    """What the address proposes: a payee or a text, and a category; else one empty row of each."""
    mine = {"household": request.household}
    payee = Payee.objects.filter(**mine, pk=row_id(request.GET.get("payee", ""))).first()
    category = Category.objects.filter(**mine, pk=row_id(request.GET.get("category", ""))).first()
    text = clean_text(request.GET.get("text", "")).strip()[:200]
    if payee is not None:
        asked = {"field": "payee", "op": "is", "value": payee.pk}
    else:
        asked = {"field": "description", "op": "contains", "value": text}
    action = {"do": "category", "value": category.pk if category else None}
    return {"match": "all", "of": [asked]}, [action]


@reader
def rule_detail(request, pk):
    rule = get_object_or_404(Rule, household=request.household, pk=pk)
    if request.method == "POST":
        if request.role == "viewer":
            return render(request, "403.html", status=403)
        return _write(request, rule)
    draft = Draft.of_data(
        request.household, rule.conditions, rule.actions, name=rule.name, is_active=rule.is_active
    )
    return _page(request, draft, rule)


def _page(request, draft: Draft, rule: Rule | None = None, status: int = 200, **context):
    """The page of a rule; for htmx its form alone."""
    context |= {"draft": draft, "rule": rule, "matches": MATCHES}
    if request.role == "viewer" and rule is not None:
        words = Words(request.household)
        context["words"] = (words.conditions(rule), words.actions(rule))
    template = "ledger/_rule_form.html" if request.htmx else "ledger/rule_form.html"
    return render(request, template, context, status=status)


def _write(request, rule: Rule | None):
    """What a button of the form asks for: another row, a preview, or to save."""
    do = request.POST.get("do", "preview")
    overwrite = "overwrite" in request.POST
    if do not in ("preview", "save", "apply"):
        draft = Draft.of_post(request.household, request.POST, bound=False)
        draft.change(do, request.POST)
        return _page(request, draft, rule)
    draft = Draft.of_post(request.household, request.POST, bound=True)
    if not draft.is_valid():
        return _page(request, draft, rule, status=422)
    if do == "preview":
        conditions, actions = draft.conditions_data, draft.actions_data
        preview = preview_rule(request.household, conditions, actions, overwrite=overwrite)
        shown = {"preview": preview, "overwrite": overwrite}
        if any(action["do"] == "category" for action in actions):
            shown["replay"] = replay_draft(request.household, conditions, actions)
        return _page(request, draft, rule, **shown)
    try:
        saved = save_rule(
            household=request.household,
            by=request.user,
            name=draft.name or _proposed_name(draft),
            conditions=draft.conditions_data,
            actions=draft.actions_data,
            is_active=draft.is_active,
            rule=rule,
        )
    except RuleError as error:
        draft.say(error)
        return _page(request, draft, rule, status=422)
    except LedgerError as error:
        draft.errors.append(str(error))
        return _page(request, draft, rule, status=422)
    if do == "apply":
        _apply(request, saved, overwrite)
    else:
        messages.success(request, _("Saved."))
    url = reverse("ledger:rule_list")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _proposed_name(draft: Draft) -> str:
    """The first condition's text, for a rule that nobody named."""
    first = draft.rows()[0]
    value = first.cleaned_data.get("value") or first.title
    return str(dict(getattr(first.fields.get("value"), "choices", ())).get(value, value))


def _apply(request, rule: Rule, overwrite: bool = False) -> None:
    if is_long_work(request.household):
        enqueue("ledger.apply_rule", rule.pk, request.user.pk, overwrite)
        text = _("Your past is long: this goes on by itself. The history says when it is done.")
        messages.info(request, text)
        return
    change_set = apply_to_past(
        household=request.household, rules=[rule], by=request.user, overwrite=overwrite
    )
    count = change_set.count if change_set else 0
    text = ngettext("%(n)s transaction changed.", "%(n)s transactions changed.", count)
    messages.success(request, text % {"n": count})
    if change_set is not None:
        request.session["undo"] = change_set.pk


@require_POST
@editor
def rule_act(request, pk):
    """Delete, switch on or off, apply to the past, move one place."""
    rule = get_object_or_404(Rule, household=request.household, pk=pk)
    act = request.POST.get("act")
    if act == "delete":
        delete_rule(rule=rule)
        messages.success(request, _("Rule removed. What it did stays."))
    elif act in ("on", "off"):
        Rule.objects.filter(pk=rule.pk).update(is_active=act == "on")
    elif act == "apply":
        _apply(request, rule)
    elif act in ("up", "down"):
        ids = list(Rule.objects.for_household(request.household).values_list("pk", flat=True))
        at = ids.index(rule.pk)
        ids.insert(max(0, at + (-1 if act == "up" else 1)), ids.pop(at))
        reorder_rules(household=request.household, ids=ids)
    return redirect("ledger:rule_list")


@require_POST
@editor
def rule_order(request):
    """The order that the rows were dragged into."""
    reorder_rules(household=request.household, ids=posted_ids(request))
    if request.htmx:
        return HttpResponse(status=204)
    return redirect("ledger:rule_list")


@require_GET
@reader
def rule_export(request):
    """All rules as a JSON file."""
    answer = HttpResponse(export_rules(request.household), content_type="application/json")
    name = slugify(request.household.name) or "household"
    answer["Content-Disposition"] = f'attachment; filename="{name}-rules.json"'
    return answer


@require_POST
@editor
def rule_import(request):
    """Add the rules of a JSON file."""
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file."))
        return redirect("ledger:rule_list")
    try:
        found = import_rules(
            household=request.household, data=file.read(MAX_BYTES + 1), by=request.user
        )
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("ledger:rule_list")
    for name, reason in found.problems[:20]:
        messages.error(
            request, _("“%(name)s” was left out: %(reason)s") % {"name": name, "reason": reason}
        )
    text = ngettext("%(n)s rule added.", "%(n)s rules added.", found.added) % {"n": found.added}
    messages.success(request, text)
    return redirect("ledger:rule_list")
