"""The addresses of goals and debts; `budget.urls` takes them in."""

from django.urls import path

from budget.views import debts, goals

GOAL_URLS = [
    # /goals/
    path("goals/", goals.goal_list, name="goal_list"),
    path("goals/add/", goals.goal_add, name="goal_add"),
    path("goals/<int:pk>/", goals.goal_detail, name="goal_detail"),
    path("goals/<int:pk>/edit/", goals.goal_edit, name="goal_edit"),
    path("goals/<int:pk>/act/", goals.goal_act, name="goal_act"),
    path("goals/<int:pk>/set-aside/", goals.goal_entry, name="goal_entry"),
    path("goals/<int:pk>/picture/", goals.goal_picture, name="goal_picture"),
    path("goals/entries/<int:pk>/remove/", goals.goal_entry_remove, name="goal_entry_remove"),
    # /debts/
    path("debts/", debts.debt_list, name="debt_list"),
    path("debts/add/", debts.debt_add, name="debt_add"),
    path("debts/extra/", debts.debt_extra, name="debt_extra"),
    path("debts/<int:pk>/", debts.debt_detail, name="debt_detail"),
    path("debts/<int:pk>/edit/", debts.debt_edit, name="debt_edit"),
    path("debts/<int:pk>/delete/", debts.debt_delete, name="debt_delete"),
]
