"""Pages of banks: choose, consent, come back, choose accounts, watch, renew, leave."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, owner, person, reader
from accounts.errors import TooOftenError
from accounts.services.limits import ensure_not_too_often
from banking import gateway
from banking.coverage import coverage_of
from banking.errors import BankingError, words_of
from banking.forms import ChooseAccountsForm, DisconnectForm, LabelForm
from banking.models import BankCategory, Connection
from banking.services import choosing, connecting, leaving, schedule
from banking.services.labels import labels_of, map_label
from banking.truelayer.errors import TrueLayerError
from banking.view_models import ConnectionCard, cards_of
from core.htmx import render_page
from ledger.models import Account

State = Connection.State
SESSION_KEY = "bank_consents"


def own_connection(request, pk: int) -> Connection:
    """The household's connection of this number, or 404."""
    rows = Connection.objects.filter(household=request.household)
    return get_object_or_404(rows.select_related("household"), pk=pk)


def _address(request) -> str:
    """The address of the person who is there, for the bank."""
    return get_adapter().get_client_ip(request) or ""


@require_GET
@reader
def connection_list(request):
    cards = cards_of(request.household)
    context = {"cards": cards, "is_configured": gateway.is_configured()}
    return render(request, "banking/connection_list.html", context)


@owner
def connect(request):
    """Choose a bank; POST leads to it."""
    if request.method == "POST":
        return _leave(request, request.POST.get("bank", "")[:64])
    query = request.GET.get("q", "").strip()[:60]
    found, error = [], ""
    if gateway.is_configured():
        try:
            found = gateway.banks()
        except TrueLayerError as problem:
            error = words_of(problem.code, problem.remedy)
    if query:
        wanted = query.casefold()
        found = [bank for bank in found if wanted in bank["name"].casefold()]
    context = {
        "banks": found[:60],
        "more": max(0, len(found) - 60),
        "query": query,
        "error": error,
        "is_configured": gateway.is_configured(),
        "label": gateway.environment_label(),
    }
    return render_page(request, "banking/connect.html", "banking/_banks.html", context)


def _leave(request, provider_id: str, connection: Connection | None = None):
    """Begin a consent and show the way to the bank. A page, not a redirect: the content security
    policy lets no form lead away, and people see where they go."""
    try:
        ensure_not_too_often("bank", request.user.pk, most=20, seconds=3600)
        leaving_to = connecting.begin_consent(
            household=request.household,
            by=request.user,
            provider_id=provider_id,
            connection=connection,
        )
    except (BankingError, TooOftenError) as error:
        messages.error(request, str(error) or _("Too many tries. Wait a little."))
    except TrueLayerError as error:
        messages.error(request, words_of(error.code, error.remedy))
    else:
        if not leaving_to.link:
            messages.success(request, _("The connection is renewed."))
            return redirect("banking:connection_detail", pk=connection.pk)
        kept = request.session.get(SESSION_KEY, [])
        request.session[SESSION_KEY] = [*kept, leaving_to.state_hash][-5:]
        context = {
            "link": leaving_to.link,
            "bank": leaving_to.bank,
            "label": gateway.environment_label(),
        }
        return render(request, "banking/leaving.html", context)
    if connection is not None:
        return redirect("banking:connection_detail", pk=connection.pk)
    return redirect("banking:connect")


@require_GET
@never_cache
@person
def callback(request):
    """Where banks send people back to."""
    query = {name: request.GET.get(name, "")[:2000] for name in ("state", "code", "error")}
    try:
        connection = connecting.take_callback(
            user=request.user,
            hashes=request.session.get(SESSION_KEY, []),
            query=query,
            psu_ip=_address(request),
        )
    except BankingError as error:
        messages.error(request, str(error))
        return redirect("banking:connection_list")
    if connection is None:
        return redirect("banking:connection_list")
    if request.household is None or connection.household_id != request.household.pk:
        messages.success(request, _("The bank is connected to your other household."))
        return redirect("banking:connection_list")
    return redirect("banking:connection_detail", pk=connection.pk)


@require_GET
@reader
def connection_detail(request, pk):
    connection = own_connection(request, pk)
    if connection.state == State.CHOOSING and request.role == "owner":
        return redirect("banking:connection_choose", pk=pk)
    card = ConnectionCard.of(connection)
    runs = list(connection.runs.order_by("-pk")[:20])
    context = {
        "card": card,
        "connection": connection,
        "runs": runs,
        "mandates": [
            mandate for row in connection.bank_accounts.all() for mandate in row.mandates.all()
        ],
    }
    return render(request, "banking/connection_detail.html", context)


@require_GET
@never_cache
@reader
def connection_progress(request, pk):
    """How far the sync is; the page reloads itself when it is over."""
    connection = own_connection(request, pk)
    card = ConnectionCard.of(connection)
    response = render(request, "banking/_progress.html", {"card": card, "connection": connection})
    if not card.is_busy:
        response["HX-Refresh"] = "true"
    return response


@owner
def connection_choose(request, pk):
    connection = own_connection(request, pk)
    if connection.state not in (State.CHOOSING, State.ACTIVE):
        return redirect("banking:connection_detail", pk=pk)
    accounts = list(Account.objects.for_household(request.household).open())
    form = ChooseAccountsForm(request.POST or None, connection=connection, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        try:
            run = choosing.choose_accounts(
                connection=connection,
                choices=form.choices_made(),
                history_from=form.history_from(request.household.today()),
                by=request.user,
                psu_ip=_address(request),
            )
        except choosing.ChoiceError as error:
            form.add_error(f"target_{error.row.pk}", str(error))
        except BankingError as error:
            form.add_error(None, str(error))
        else:
            if run is None:
                messages.info(request, _("Nothing is brought in. You can choose later."))
                return redirect("banking:connection_list")
            return redirect("banking:connection_detail", pk=pk)
    context = {"connection": connection, "form": form, "label": gateway.environment_label()}
    status = 422 if form.errors else 200
    return render(request, "banking/connection_choose.html", context, status=status)


@require_POST
@editor
def connection_act(request, pk):
    """Sync now; and for owners renew, pause, resume, look again."""
    connection = own_connection(request, pk)
    act = request.POST.get("act", "")
    if act != "sync" and request.role != "owner":
        raise PermissionDenied
    if act == "renew":
        return _leave(request, connection.provider_id, connection)
    try:
        if act == "sync":
            ensure_not_too_often("bank-sync", connection.pk, most=12, seconds=3600)
            schedule.request_sync(connection=connection, by=request.user, psu_ip=_address(request))
        elif act == "pause":
            leaving.pause(connection=connection, by=request.user)
        elif act == "resume":
            leaving.resume(connection=connection, by=request.user)
    except TooOftenError:
        messages.error(request, _("This bank was asked often already. Wait a little."))
    except BankingError as error:
        messages.error(request, str(error))
    return redirect("banking:connection_detail", pk=pk)


@owner
def connection_disconnect(request, pk):
    connection = own_connection(request, pk)
    form = DisconnectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            leaving.disconnect(
                connection=connection,
                by=request.user,
                deletes_rows=form.cleaned_data["rows"] == "delete",
            )
        except BankingError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("%(bank)s is disconnected.") % {"bank": connection.provider_name}
            )
        return redirect("banking:connection_list")
    context = {"connection": connection, "form": form}
    return render(request, "banking/connection_disconnect.html", context)


@require_GET
@reader
def coverage(request):
    rows = coverage_of(request.household)
    months = [one.month for one in rows[0].months] if rows else []
    context = {"rows": rows, "months": months, "has_gaps": any(one.gaps for one in rows)}
    return render(request, "banking/coverage.html", context)


@editor
def labels(request):
    """What the household means by the banks' words."""
    rows = list(labels_of(request.household))
    if request.method == "POST":
        wanted = request.POST.get("label", "")
        row = get_object_or_404(
            BankCategory, household=request.household, pk=wanted if wanted.isdigit() else 0
        )
        form = LabelForm(
            request.POST, instance=row, household=request.household, prefix=f"label-{row.pk}"
        )
        if form.is_valid():
            map_label(row=row, category=form.cleaned_data["category"])
            messages.success(request, _("Saved. It holds from the next sync on."))
            return redirect("banking:labels")
    forms = [
        LabelForm(instance=row, household=request.household, prefix=f"label-{row.pk}")
        for row in rows
    ]
    return render(request, "banking/labels.html", {"forms": forms})
