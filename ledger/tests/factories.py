"""The ledger's rows for tests. Transactions go through the services, as everybody's do."""

import datetime as dt

import factory

from accounts.tests.factories import HouseholdFactory
from ledger.models import Account, Category, CategoryGroup, CategoryKind, Payee, Tag


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    household = factory.SubFactory(HouseholdFactory)
    name = factory.Sequence(lambda n: f"Account {n}")
    currency = "EUR"


class CategoryGroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CategoryGroup

    household = factory.SubFactory(HouseholdFactory)
    name = factory.Sequence(lambda n: f"Group {n}")
    kind = CategoryKind.EXPENSE


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category

    household = factory.SubFactory(HouseholdFactory)
    group = factory.SubFactory(CategoryGroupFactory, household=factory.SelfAttribute("..household"))
    name = factory.Sequence(lambda n: f"Category {n}")


class PayeeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payee

    household = factory.SubFactory(HouseholdFactory)
    name = factory.Sequence(lambda n: f"Payee {n}")


class TagFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tag

    household = factory.SubFactory(HouseholdFactory)
    name = factory.Sequence(lambda n: f"tag{n}")


def make_transaction(account, amount=-1000, date=dt.date(2026, 11, 3), by=None, **facts):
    """A transaction on `account`, through `add_transaction`."""
    from ledger.services.transactions import add_transaction

    return add_transaction(account=account, amount=amount, date=date, by=by, **facts)
