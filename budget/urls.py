from budget.goal_urls import GOAL_URLS

app_name = "budget"

urlpatterns = [*GOAL_URLS]
