from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.errors import PeopleError
from accounts.forms import ProfileForm
from accounts.models import User
from accounts.services import deletion


@person
def profile(request):
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@require_POST
@person
def theme(request):
    chosen = request.POST.get("theme")
    if chosen in User.Theme.values:
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    return redirect(back)


@person
def more(request):
    return render(request, "accounts/more.html")


@require_POST
@person
def user_delete(request):
    if request.POST.get("email", "").strip().lower() != request.user.email:
        messages.error(request, _("Type your e-mail address to confirm."))
        return redirect("accounts:profile")
    try:
        deletion.request_user_deletion(user=request.user)
    except PeopleError as error:
        messages.error(request, str(error))
    return redirect("accounts:profile")


@require_POST
@person
def user_keep(request):
    deletion.cancel_user_deletion(user=request.user)
    messages.success(request, _("Your account stays."))
    return redirect("accounts:profile")
