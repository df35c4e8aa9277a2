"""Every main page with the demo household: nothing axe finds, nothing wider than the phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "demo@housebook.example", "look-around-freely"
PAGES = (
    "/ /transactions/ /transactions/?q=e&state=booked /transactions/add/ /transactions/transfer/ /accounts/ "
    "/accounts/add/ /categories/ /categories/add/ /rules/ /rules/add/ /payees/ /tags/ /imports/ /imports/new/ "
    "/trash/ /history/ /budget/ /budget/settings/ /budget/refunds/ /budget/2026/ "
    "/explain/net_worth/ /profile/ /household/ /household/money/ /household/members/ /household/data/ "
    "/goals/ /goals/add/ /debts/ /debts/add/ "
    "/banks/ /banks/connect/ /banks/coverage/ /banks/words/ "
    "/transactions/transfers/ /transactions/inbox/ /transactions/duplicates/ "
    "/bills/ /bills/calendar/ /bills/subscriptions/ /bills/add/ /bills/calendar/address/ "
    "/household/audit/ /more/ /auth/2fa/ /auth/email/ /auth/password/change/ /auth/sessions/"
).split()
OPEN = "/auth/login/ /auth/signup/ /auth/password/reset/ /nothing-here/".split()


@pytest.fixture(scope="module")
def demo(server):
    server.manage("seed_demo")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_suffices(new_page, demo, theme):
    page = new_page(with_axe=True, color_scheme=theme)
    found = []
    for path in OPEN:
        page.goto(path)
        found += _look(page, path)
    page.goto("/auth/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(".page-head")
    page.goto("/transactions/")
    transaction = page.locator("a[data-edit]").first.get_attribute("href")
    page.goto("/accounts/")
    account = page.locator("a.account-card").first.get_attribute("href")
    more = [transaction, f"{transaction}split/", account, f"{account}reconcile/", f"{account}edit/"]
    for path in (*PAGES, *more):
        page.goto(path)
        found += _look(page, path)
    assert found == [], "\n".join(found)


def _look(page, path) -> list[str]:
    found = []
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(250)  # charts follow the window
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if too_wide > 0:
            found.append(f"{path} at {width}: {too_wide} px too wide")
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:140] for node in violation["nodes"][:3]]
            found.append(f"{path} at {width}: {violation['id']}: {nodes}")
    return found
