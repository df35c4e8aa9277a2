from django.db import models
from django.utils.translation import gettext_lazy as _

from core.money import CURRENCIES


class Rate(models.Model):
    """What one euro cost in another currency on one day (as the European Central Bank prints it)."""

    class Source(models.TextChoices):
        ECB = "ecb", _("European Central Bank")
        TYPED = "typed", _("Typed")

    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES]
    )
    on = models.DateField(_("day"))
    per_euro = models.DecimalField(_("for one euro"), max_digits=20, decimal_places=8)
    source = models.CharField(_("source"), max_length=5, choices=Source, default=Source.ECB)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="rate_once_a_day"),
            models.CheckConstraint(condition=models.Q(per_euro__gt=0), name="rate_above_zero"),
        ]

    def __str__(self):
        return f"{self.currency} {self.on}"
