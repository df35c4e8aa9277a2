"""The balance of each account in the days ahead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Household
from insights.forecast_inputs import Inputs, read_inputs
from insights.projection.changes import Change, Loan, Purchase, changed
from insights.projection.projecting import project
from insights.projection.shapes import Curve, Flow
from ledger.models import Account

DAYS = 90


@dataclass(frozen=True, slots=True)
class AccountForecast:
    """The days ahead of one account, in its currency."""

    account: Account
    curve: Curve


@dataclass(frozen=True)
class Forecast:
    """The days ahead of a household: of each account, and of the `counted` ones together.

    `flows` are what is known, by day; those of card statements to come are estimates.
    """

    inputs: Inputs
    total: Curve
    accounts: tuple[AccountForecast, ...]
    flows: tuple[Flow, ...]

    @property
    def currency(self) -> str:
        """Of the total."""
        return self.inputs.household.base_currency

    @property
    def counted(self) -> list[Account]:
        """The accounts in the total: current, savings and cash, on budget."""
        return [self.inputs.accounts[p.key] for p in self.inputs.places if p.is_in_total]

    @property
    def too_new(self) -> list[Account]:
        """Those whose past is too short to draw from."""
        return [self.inputs.accounts[p.key] for p in self.inputs.places if not p.has_history]

    def of(self, account_id: int) -> AccountForecast | None:
        """That of one account."""
        return next((one for one in self.accounts if one.account.pk == account_id), None)


def forecast(
    household: Household, today: dt.date, days: int = DAYS, changes: Sequence[Change] = ()
) -> Forecast:
    """The `days` days after `today`. Pending rows are part of today's balance.

    The same on the same day, as long as nothing is added. Reads as `read_inputs` does.
    """
    return forecast_of(read_inputs(household, today, days), changes)


def forecast_of(inputs: Inputs, changes: Sequence[Change] = ()) -> Forecast:
    """From what was read already; no query. With other changes the draws are the same, so that
    the difference is theirs alone."""
    labels = {Purchase: _("Purchase"), Loan: _("Loan")}
    flows = changed(inputs.flows, changes, inputs.last, labels)
    done = project(
        places=inputs.places,
        flows=flows,
        cycles=inputs.cycles,
        history=inputs.history,
        today=inputs.today,
        days=inputs.days,
        seed=f"{inputs.household.pk} {inputs.today}",
    )
    tomorrow = inputs.today + dt.timedelta(days=1)
    events = [
        flow._replace(day=max(flow.day, tomorrow))
        for flow in (*flows, *done.statements)
        if flow.day <= inputs.last
    ]
    return Forecast(
        inputs=inputs,
        total=done.total,
        accounts=tuple(
            AccountForecast(inputs.accounts[key], curve) for key, curve in done.curves.items()
        ),
        flows=tuple(sorted(events, key=lambda flow: (flow.day, flow.label, flow.amount))),
    )
