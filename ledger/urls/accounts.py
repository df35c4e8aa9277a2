from django.urls import path

from ledger.views import accounts, naming

urlpatterns = [
    # /accounts/
    path("accounts/", accounts.account_list, name="account_list"),
    path("accounts/add/", accounts.account_add, name="account_add"),
    path("accounts/<int:pk>/", accounts.account_detail, name="account_detail"),
    path("accounts/<int:pk>/edit/", accounts.account_edit, name="account_edit"),
    path("accounts/<int:pk>/act/", accounts.account_act, name="account_act"),
    path("accounts/<int:pk>/reconcile/", accounts.reconcile, name="reconcile"),
    path("accounts/<int:pk>/reconcile/act/", accounts.reconcile_act, name="reconcile_act"),
    path("household/money/", accounts.money_settings, name="money_settings"),
    # /categories/
    path("categories/", naming.category_list, name="category_list"),
    path("categories/add/", naming.category_add, name="category_add"),
    path("categories/starter/", naming.category_starter, name="category_starter"),
    path("categories/groups/add/", naming.group_add, name="group_add"),
    path("categories/groups/<int:pk>/act/", naming.group_act, name="group_act"),
    path("categories/<int:pk>/", naming.category_edit, name="category_edit"),
    path("categories/<int:pk>/act/", naming.category_act, name="category_act"),
    # /payees/
    path("payees/", naming.payee_list, name="payee_list"),
    path("payees/merge/", naming.payee_merge, name="payee_merge"),
    path("payees/<int:pk>/", naming.payee_detail, name="payee_detail"),
    path("payees/<int:pk>/aliases/", naming.alias_act, name="alias_act"),
    # /tags/
    path("tags/", naming.tag_list, name="tag_list"),
    path("tags/add/", naming.tag_add, name="tag_add"),
    path("tags/<int:pk>/act/", naming.tag_act, name="tag_act"),
]
