"""Pictures of goals: made small and written anew, so that nothing else of the file is kept."""

import io
import warnings

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from budget.errors import PictureError
from ledger.file_types import HEAD, type_of

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
SIDE = 1200
CONTENT_TYPE = "image/webp"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def small_picture(upload: UploadedFile) -> ContentFile:
    """`upload` as a WebP of at most SIDE pixels a side, without what cameras note (place, day).

    Raises PictureError for what is no PNG, JPEG or WebP by its content, is too large, or is broken.
    """
    if upload.size > MAX_BYTES:
        raise PictureError(
            _("This picture is larger than %(mega)s MB.") % {"mega": MAX_BYTES // 1024 // 1024}
        )
    upload.seek(0)
    kind = _FORMATS.get(type_of(upload.read(HEAD)))
    if kind is None:
        raise PictureError(_("Choose a PNG, JPEG or WebP picture."))
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            # Sizes are checked here, before anything is unpacked.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=[kind])
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureError(_("This picture has too many pixels."))
            picture = ImageOps.exif_transpose(picture)
            has_alpha = "A" in picture.getbands() or "transparency" in picture.info
            picture = picture.convert("RGBA" if has_alpha else "RGB")
            picture.thumbnail((SIDE, SIDE))
            plain = Image.frombytes(picture.mode, picture.size, picture.tobytes())
            target = io.BytesIO()
            plain.save(target, "WEBP", quality=82)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(_("This picture is broken.")) from error
    except SyntaxError as error:  # what Pillow raises for a broken PNG
        raise PictureError(_("This picture is broken.")) from error
    return ContentFile(target.getvalue(), name="picture")
