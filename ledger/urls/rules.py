from django.urls import path

from ledger.views import rules

urlpatterns = [
    # /rules/
    path("rules/", rules.rule_list, name="rule_list"),
    path("rules/add/", rules.rule_add, name="rule_add"),
    path("rules/order/", rules.rule_order, name="rule_order"),
    path("rules/export/", rules.rule_export, name="rule_export"),
    path("rules/import/", rules.rule_import, name="rule_import"),
    path("rules/<int:pk>/", rules.rule_detail, name="rule_detail"),
    path("rules/<int:pk>/act/", rules.rule_act, name="rule_act"),
]
