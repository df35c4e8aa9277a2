from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from imports.errors import ImportRefusedError
from imports.forms import AccountChoice, BookForm, MappingForm
from imports.models import ImportJob, ImportProfile, StagedLine
from imports.parsers.base import MAX_BYTES, UnreadableFile
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.services import jobs, program_jobs
from ledger.errors import LedgerError
from ledger.models import Account, Transaction
from ledger.services.accounts import open_account

State = ImportJob.State


def own_job(request, pk) -> ImportJob:
    """The household's job of this number, or 404."""
    rows = ImportJob.objects.filter(household=request.household)
    return get_object_or_404(rows.select_related("household", "batch", "made_by"), pk=pk)


@require_GET
@reader
def job_list(request):
    rows = ImportJob.objects.filter(household=request.household).select_related("made_by", "batch")
    context = {"jobs": rows.exclude(state=State.CANCELLED).order_by("-made_at")[:100]}
    return render(request, "imports/job_list.html", context)


@editor
def upload(request):
    wanted = request.GET.get("account") or request.POST.get("account") or ""
    account = Account.objects.filter(
        household=request.household, pk=wanted if wanted.isdigit() else 0
    ).first()
    errors, made = [], []
    if request.method == "POST":
        files = request.FILES.getlist("file")
        if not files:
            errors.append(_("Choose a file."))
        for file in files[:20]:
            try:
                made.append(_start(request, file, account))
            except UnreadableFile as error:
                errors.append(f"{file.name}: {error}")
        if made and not errors:
            return (
                redirect("imports:job_detail", pk=made[0].pk)
                if len(made) == 1
                else redirect("imports:job_list")
            )
    context = {
        "errors": errors,
        "made": made,
        "account": account,
        "mega": MAX_BYTES // 1024 // 1024,
    }
    return render(request, "imports/upload.html", context, status=422 if errors else 200)


def _start(request, file, account) -> ImportJob:
    if file.size > MAX_BYTES:
        raise UnreadableFile(_("This file is too large."))
    job = jobs.start_job(household=request.household, by=request.user, upload=file, account=account)
    before = ImportJob.objects.filter(
        household=request.household, sha256=job.sha256, state=State.DONE
    ).first()
    if before:
        messages.info(
            request,
            _("“%(name)s” was imported already; what is known will not come twice.")
            % {"name": file.name},
        )
    return job


@reader
def job_detail(request, pk):
    job = own_job(request, pk)
    if jobs.is_program(job):
        return _program(request, job)
    if job.state == State.MAPPING and request.role != "viewer":
        if "mapping" in job.options:
            return _mapping(request, job, request.POST if request.method == "POST" else None)
        return _accounts(request, job)
    if job.state == State.READY:
        return _preview(request, job)
    return render(request, "imports/job_detail.html", {"job": job, "done": jobs.progress_of(job)})


@require_GET
@reader
def job_progress(request, pk):
    job = own_job(request, pk)
    response = render(
        request, "imports/_progress.html", {"job": job, "done": jobs.progress_of(job)}
    )
    if job.state not in (State.READING, State.IMPORTING):
        response["HX-Refresh"] = "true"
    return response


def _program(request, job):
    """The page of another program's book: what was found, where it goes, what would come."""
    context = {"job": job, "done": jobs.progress_of(job), **program_jobs.page_facts(job)}
    if job.state not in (State.MAPPING, State.READY) or request.role == "viewer":
        return render(request, "imports/job_detail.html", context)
    posted = request.POST if request.method == "POST" else None
    accounts = list(Account.objects.for_household(request.household))
    form = BookForm(posted, options=job.options, accounts=accounts)
    try:
        if reading := form.other_reading():
            program_jobs.read_anew(job=job, **reading)
            context |= program_jobs.page_facts(job)
            form = BookForm(posted, options=job.options, accounts=accounts)
        if posted is not None and posted.get("act") == "preview":
            return redirect("imports:job_detail", pk=job.pk)
        if posted is not None and form.is_valid():
            jobs.begin_comparing(job=job, targets=form.cleaned_data["targets"])
            return redirect("imports:job_detail", pk=job.pk)
    except (UnreadableFile, ImportRefusedError) as error:
        form.is_valid()
        form.add_error(None, str(error))
    context["form"] = form
    return render(request, "imports/program.html", context, status=422 if form.errors else 200)


def _accounts_of(request):
    return list(Account.objects.for_household(request.household).open())


def _account_id(request, form) -> int:
    data = form.cleaned_data
    if data["account"] != "new":
        return int(data["account"])
    account = open_account(
        household=request.household,
        name=data["new_name"],
        kind=Account.Kind.CURRENT,
        currency=data["new_currency"],
    )
    return account.pk


def _mapping(request, job, data):
    """The form of a table's columns. `data` is what was posted, None to show the guess."""
    accounts = _accounts_of(request)
    stored = CsvMapping.from_json(job.options["mapping"])
    found = jobs.inspection(job)
    width = max([len(found.guess.headers), *(len(row) for row in found.guess.sample)], default=0)
    known = (
        "reading" not in job.options
        and ImportProfile.objects.filter(
            household=request.household, fingerprint=job.options["fingerprint"]
        ).exists()
    )
    form = MappingForm(data, mapping=stored, width=width, is_text=job.format == "csv")
    if reading := form.other_reading():
        try:
            if jobs.read_anew(job=job, encoding=reading[0], delimiter=reading[1]):
                messages.info(request, _("The columns are other ones now: look at them again."))
                return _mapping(request, job, None)
            found = jobs.inspection(job)
        except UnreadableFile as error:
            form.is_valid()
            form.add_error(None, str(error))
    choice = AccountChoice(
        data,
        accounts=accounts,
        currency=request.household.base_currency,
        initial={
            "account": request.POST.get("account") or str(job.options.get("account") or ""),
            "new_name": request.POST.get("new_name", ""),
        },
    )
    mapping = stored
    if data is not None and form.is_valid():
        mapping = form.cleaned_data["mapping"]
        if request.POST.get("act") == "go" and choice.is_valid():
            try:
                account_id = _account_id(request, choice)
                jobs.begin_reading(job=job, accounts=[account_id], mapping=mapping)
                return redirect("imports:job_detail", pk=job.pk)
            except ImportRefusedError as error:
                form.add_error(None, str(error))
    context = {"job": job, "form": form, "choice": choice, "guess": found.guess, "is_known": known}
    context |= _sample(request, job, mapping, choice)
    context["columns"] = list(zip(form.columns(), _names(found.guess.headers, width), strict=True))
    context["raw"] = found.guess.sample[:3]
    questions = [] if known else found.guess.questions
    context["questions"] = questions
    status = 422 if data is not None and (form.errors or choice.errors) else 200
    return render(request, "imports/mapping.html", context, status=status)


def _names(headers: list[str], width: int) -> list[str]:
    named = [*headers, *[""] * (width - len(headers))]
    return [name or _("Column %(n)s") % {"n": n} for n, name in enumerate(named, 1)]


def _sample(request, job, mapping, choice) -> dict:
    chosen = choice.data.get("account") or choice.initial.get("account")
    account = Account.objects.filter(
        household=request.household, pk=chosen if str(chosen).isdigit() else 0
    ).first()
    currency = account.currency if account else request.household.base_currency
    try:
        entries, summary, span = jobs.sample(job, mapping, currency)
    except (UnreadableFile, MappingError) as error:
        return {"sample_error": str(error), "currency": currency}
    return {"entries": entries, "summary": dict(summary), "span": span, "currency": currency}


def _accounts(request, job):
    accounts = _accounts_of(request)
    data = request.POST if request.method == "POST" else None
    forms = [
        AccountChoice(
            data,
            prefix=str(number),
            accounts=accounts,
            currency=part["currency"] or request.household.base_currency,
            initial={
                "account": str(part["account"] or "new"),
                "new_name": part["institution"] or job.file_name.rpartition(".")[0][:80],
            },
        )
        for number, part in enumerate(job.options["parts"])
    ]
    error = ""
    if data is not None and all(form.is_valid() for form in forms):
        try:
            ids = [_account_id(request, form) for form in forms]
            jobs.begin_reading(job=job, accounts=ids, mapping=None)
            return redirect("imports:job_detail", pk=job.pk)
        except ImportRefusedError as refused:
            error = str(refused)
    parts = list(zip(job.options["parts"], forms, strict=True))
    context = {"job": job, "parts": parts, "error": error}
    return render(request, "imports/accounts.html", context, status=422 if data else 200)


TABS = ("new", "duplicate", "probable", "deleted", "settles", "problem")


def _preview(request, job):
    tab = request.GET.get("show", "")
    if tab not in TABS:
        tab = next((name for name in TABS if job.counts.get(name)), "new")
    rows = StagedLine.objects.filter(job=job, outcome=tab).order_by("pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    stored = Transaction.objects.filter(household=request.household).in_bulk(
        [row.transaction_id for row in page if row.transaction_id]
    )
    chosen = job.options["accounts"]
    accounts = Account.objects.filter(household=request.household).in_bulk(chosen)
    targets = [accounts[pk] for pk in chosen]
    tabs = [(name, job.counts.get(name, 0)) for name in TABS]
    context = {
        "job": job,
        "tab": tab,
        "tabs": tabs,
        "page": page,
        "names": ", ".join(dict.fromkeys(account.name for account in targets)),
        "rows": [(row, stored.get(row.transaction_id), targets[row.part]) for row in page],
    }
    return render(request, "imports/preview.html", context)


@require_POST
@editor
def job_act(request, pk):
    """Choose lines, import, go back to the mapping, cancel, undo."""
    job = own_job(request, pk)
    act = request.POST.get("act")
    try:
        if act == "import":
            jobs.begin_posting(job=job)
        elif act in ("want", "skip"):
            ids = [int(line) for line in request.POST.getlist("line") if line.isdigit()]
            jobs.choose(job=job, line_ids=ids, is_wanted=act == "want")
        elif act == "table":
            program_jobs.read_as_table(job=job)
        elif act == "cancel":
            jobs.cancel_job(job=job)
            return redirect("imports:job_list")
        elif act == "undo" and job.batch:
            undone = jobs.undo_job(job=job, by=request.user)
            text = _("%(n)s transactions removed.") % {"n": undone.removed}
            if undone.kept_ids:
                text += " " + _("%(n)s that were changed since stay.") % {"n": len(undone.kept_ids)}
            messages.success(request, text)
    except (UnreadableFile, ImportRefusedError, LedgerError) as error:
        messages.error(request, str(error))
    show = request.POST.get("show", "")
    target = redirect("imports:job_detail", pk=pk)
    if show in TABS:
        target["Location"] += f"?show={show}"
    return target
