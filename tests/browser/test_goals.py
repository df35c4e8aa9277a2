"""A goal that fills and a debt that shrinks, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import begin

pytestmark = pytest.mark.browser


def test_set_a_goal_and_put_money_aside_for_it(page, sign_up):
    sign_up(page)
    begin(page)
    page.goto("/goals/")
    expect(page.locator(".empty")).to_contain_text("No goals yet")
    page.locator("main").get_by_role("link", name="Add goal").first.click()
    page.locator("[name=name]").fill("Bike")
    page.locator("[name=source]").select_option(index=1)
    page.locator("[name=target]").fill("800")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Bike")
    page.locator("[name=amount]").fill("200")
    page.get_by_role("button", name="Set aside").click()
    expect(page.locator(".goal-body")).to_contain_text("25 %")
    page.locator("[name=amount]").fill("300")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("Only")
    page.goto("/goals/")
    expect(page.locator(".goal-card")).to_contain_text("200.00")


def test_type_a_debt_and_see_what_paying_more_changes(page, sign_up):
    sign_up(page)
    begin(page)
    page.goto("/debts/add/")
    page.locator("[name=name]").fill("Card")
    page.locator("[name=balance]").fill("2000")
    page.locator("[name=rate]").fill("18.9")
    page.locator("[name=minimum]").fill("100")
    page.get_by_role("button", name="Save").click()
    answer = page.locator(".answer")
    expect(answer).to_contain_text("Free of debt in")
    before = answer.inner_text()
    page.locator("[name=extra]").first.fill("150")
    page.get_by_role("button", name="Show").click()
    expect(answer).not_to_have_text(before)
    page.get_by_role("button", name="Plan with").click()
    expect(page.locator("[name=extra]").first).to_have_value("150.00")
    expect(page.locator("canvas[data-chart]")).to_be_visible()
    page.get_by_role("link", name="Card").first.click()
    page.get_by_role("link", name="Snowball").click()
    page.locator("tbody a").first.click()
    expect(page.locator(".debt-month").first).to_be_visible()
