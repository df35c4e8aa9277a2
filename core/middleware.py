"""What every answer carries, and what no request may."""

from django.conf import settings
from django.shortcuts import render

_PERMISSIONS = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class SecurityHeadersMiddleware:
    """Permissions policy on all answers; signed-in pages are kept by no cache."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", _PERMISSIONS)
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response


class UploadLimitMiddleware:
    """Refuse a body over UPLOAD_MAX_BYTES by its declared length, before a byte of it is read, and
    one that declares none (chunked): browsers and curl declare theirs."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        # The form around a file of the largest size needs a little room of its own.
        is_endless = "HTTP_TRANSFER_ENCODING" in request.META
        if is_endless or length > settings.UPLOAD_MAX_BYTES + 64 * 1024:
            return render(request, "413.html", status=413)
        return self.get_response(request)
