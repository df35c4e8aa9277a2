"""Categories, payees, tags."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from ledger.errors import LedgerError
from ledger.forms.accounts import CategoryForm, GroupForm, NameForm
from ledger.models import Category, CategoryGroup, Payee, PayeeAlias, Tag
from ledger.services import categories as services
from ledger.services import naming
from ledger.tag_totals import tag_totals


def _try(request, what, success: str, undoable: bool = False):
    """Run a service; say how it went; remember what can be undone."""
    try:
        result = what()
    except LedgerError as error:
        messages.error(request, str(error))
        return
    messages.success(request, success)
    if undoable and result is not None:
        request.session["undo"] = result.pk


@require_GET
@reader
def category_list(request):
    categories = Category.objects.for_household(request.household).annotate(
        uses=Count("transactions")
    )
    groups = {g.pk: (g, []) for g in CategoryGroup.objects.filter(household=request.household)}
    archived = []
    for category in categories:
        (archived if category.is_archived else groups[category.group_id][1]).append(category)
    context = {
        "groups": groups.values(),
        "archived": archived,
        "group_form": GroupForm(),
        "all": [c for c in categories if not c.is_archived],
    }
    return render(request, "ledger/category_list.html", context)


@require_POST
@editor
def category_starter(request):
    services.add_starter_categories(household=request.household)
    messages.success(request, _("Added."))
    return redirect("ledger:category_list")


@require_POST
@editor
def group_add(request):
    form = GroupForm(request.POST)
    if form.is_valid():
        _try(
            request,
            lambda: services.make_group(household=request.household, **form.cleaned_data),
            _("Group added."),
        )
    else:
        messages.error(request, _("A group needs a name."))
    return redirect("ledger:category_list")


@require_POST
@editor
def group_act(request, pk):
    group = get_object_or_404(CategoryGroup, household=request.household, pk=pk)
    if request.POST.get("act") == "delete":
        _try(request, lambda: services.delete_group(group=group), _("Group removed."))
    else:
        form = NameForm(request.POST)
        if form.is_valid():
            name = form.cleaned_data["name"][:60]
            _try(request, lambda: services.edit_group(group=group, name=name), _("Saved."))
    return redirect("ledger:category_list")


@editor
def category_add(request):
    initial = {"group": request.GET.get("group")}
    form = CategoryForm(request.POST or None, household=request.household, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.make_category(**form.cleaned_data)
        except LedgerError as error:
            form.add_error("name", str(error))
        else:
            return redirect("ledger:category_list")
    status = 422 if form.errors else 200
    return render(request, "ledger/category_form.html", {"form": form}, status=status)


@editor
def category_edit(request, pk):
    category = get_object_or_404(Category, household=request.household, pk=pk)
    initial = {name: getattr(category, name) for name in ("name", "group", "icon", "colour")}
    form = CategoryForm(request.POST or None, household=request.household, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_category(category=category, **form.cleaned_data)
        except LedgerError as error:
            form.add_error("name", str(error))
        else:
            return redirect("ledger:category_list")
    others = Category.objects.for_household(request.household).active().exclude(pk=pk)
    context = {
        "form": form,
        "category": category,
        "uses": category.transactions.count(),
        "others": others.filter(group__kind=category.group.kind),
    }
    status = 422 if form.errors else 200
    return render(request, "ledger/category_form.html", context, status=status)


@require_POST
@editor
def category_act(request, pk):
    """Archive, unarchive, merge, or move within the group."""
    category = get_object_or_404(Category, household=request.household, pk=pk)
    act = request.POST.get("act")
    if act in ("archive", "unarchive"):
        services.archive_category(category=category, is_archived=act == "archive")
    elif act == "merge":
        wanted = request.POST.get("into", "")
        into = get_object_or_404(
            Category, household=request.household, pk=wanted if wanted.isdigit() else 0
        )
        _try(
            request,
            lambda: services.merge_categories(categories=[category], into=into, by=request.user),
            _("Merged. The old category is archived."),
            undoable=True,
        )
    elif act in ("up", "down"):
        ids = list(
            category.group.categories.order_by("position", "pk").values_list("pk", flat=True)
        )
        at = ids.index(category.pk)
        ids.insert(max(0, at + (-1 if act == "up" else 1)), ids.pop(at))
        services.reorder_categories(household=request.household, ids=ids)
    return redirect("ledger:category_list")


@require_GET
@reader
def payee_list(request):
    text = request.GET.get("q", "").strip()[:100]
    payees = Payee.objects.for_household(request.household)
    if text:
        payees = payees.filter(Q(name__icontains=text) | Q(aliases__key__icontains=text)).distinct()
    page = Paginator(payees, 50).get_page(request.GET.get("page"))
    facts = {
        row["pk"]: row
        for row in Payee.objects.filter(pk__in=[payee.pk for payee in page])
        .values("pk")
        .annotate(uses=Count("transactions"), last=Max("transactions__date"))
    }
    rows = [(payee, facts[payee.pk]) for payee in page]
    return render(request, "ledger/payee_list.html", {"page": page, "rows": rows, "q": text})


@reader
def payee_detail(request, pk):
    payee = get_object_or_404(Payee, household=request.household, pk=pk)
    if request.method == "POST":
        if request.role == "viewer":
            return render(request, "403.html", status=403)
        form = NameForm(request.POST)
        if form.is_valid():
            name = form.cleaned_data["name"]
            _try(
                request,
                lambda: naming.rename_payee(payee=payee, name=name, by=request.user),
                _("Saved."),
            )
        return redirect("ledger:payee_detail", pk=pk)
    context = {
        "payee": payee,
        "aliases": payee.aliases.order_by("key"),
        "uses": payee.transactions.count(),
    }
    return render(request, "ledger/payee_detail.html", context)


@require_POST
@editor
def alias_act(request, pk):
    payee = get_object_or_404(Payee, household=request.household, pk=pk)
    wanted = request.POST.get("alias", "")
    if wanted.isdigit():
        alias = get_object_or_404(PayeeAlias, household=request.household, payee=payee, pk=wanted)
        naming.remove_alias(alias=alias)
    else:
        form = NameForm(request.POST)
        if form.is_valid():
            naming.add_alias(payee=payee, text=form.cleaned_data["name"])
    return redirect("ledger:payee_detail", pk=pk)


@require_POST
@editor
def payee_merge(request):
    """The selected payees become the first that was selected, or the one named in `into`."""
    ids = [int(pk) for pk in request.POST.getlist("pk") if pk.isdigit()]
    payees = list(Payee.objects.filter(household=request.household, pk__in=ids).order_by("pk"))
    wanted = request.POST.get("into", "")
    into = next((payee for payee in payees if str(payee.pk) == wanted), None) or (
        payees[0] if payees else None
    )
    if into is None or len(payees) < 2:
        messages.error(request, _("Select two payees or more."))
    else:
        _try(
            request,
            lambda: naming.merge_payees(payees=payees, into=into, by=request.user),
            _("Merged into “%(name)s”.") % {"name": into.name},
        )
    return redirect("ledger:payee_list")


@require_GET
@reader
def tag_list(request):
    return render(request, "ledger/tag_list.html", {"totals": tag_totals(request.household)})


@require_POST
@editor
def tag_add(request):
    form = NameForm(request.POST)
    if form.is_valid():
        naming.find_or_make_tags(household=request.household, names=[form.cleaned_data["name"]])
    return redirect("ledger:tag_list")


@require_POST
@editor
def tag_act(request, pk):
    """Rename, merge or delete a tag."""
    tag = get_object_or_404(Tag, household=request.household, pk=pk)
    act = request.POST.get("act")
    if act == "delete":
        _try(request, lambda: naming.delete_tag(tag=tag, by=request.user), _("Tag removed."))
    elif act == "merge":
        wanted = request.POST.get("into", "")
        into = get_object_or_404(
            Tag, household=request.household, pk=wanted if wanted.isdigit() else 0
        )
        _try(
            request, lambda: naming.merge_tags(tags=[tag], into=into, by=request.user), _("Merged.")
        )
    else:
        name = request.POST.get("name", "")
        _try(request, lambda: naming.rename_tag(tag=tag, name=name), _("Saved."))
    return redirect("ledger:tag_list")
