#!/usr/bin/env python3
"""Draw every main page with the demo household: screenshots.py FOLDER [--url http://localhost:8000].

Light and dark, 1280x900 and 390x844. Without --url it starts a Housebook of its own. Needs Chromium
(CHROMIUM=/usr/bin/chromium). Also prints pages that are wider than the screen.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
EMAIL, PASSWORD = "demo@housebook.example", "look-around-freely"
PAGES = {
    "overview": "/",
    "transactions": "/transactions/",
    "transaction": "first transaction",
    "budget": "/budget/",
    "budget-year": "/budget/2026/",
    "budget-settings": "/budget/settings/",
    "goals": "/goals/",
    "debts": "/debts/",
    "accounts": "/accounts/",
    "account": "first account",
    "categories": "/categories/",
    "rules": "/rules/",
    "rule": "/rules/add/",
    "payees": "/payees/",
    "tags": "/tags/",
    "import": "/imports/new/",
    "imports": "/imports/",
    "add": "/transactions/add/",
    "trash": "/trash/",
    "history": "/history/",
    "why": "/explain/spending/",
    "profile": "/profile/",
    "members": "/household/members/",
    "notifications": "/notifications/",
    "notification-settings": "/notifications/settings/",
    "banks": "/banks/",
    "bank": "first bank",
    "connect": "/banks/connect/",
    "coverage": "/banks/coverage/",
    "bank-words": "/banks/words/",
    "offers": "/transactions/transfers/",
    "inbox": "/transactions/inbox/",
    "duplicates": "/transactions/duplicates/",
    "bills": "/bills/",
    "bill-calendar": "/bills/calendar/",
    "subscriptions": "/bills/subscriptions/",
    "bill-add": "/bills/add/",
    "security": "/auth/2fa/",
    "forecast": "/forecast/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.url:
        shoot(options.url, options.folder, options.only)
        return
    with tempfile.TemporaryDirectory() as var, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        url = f"http://localhost:{port}"
        environment = {**os.environ, "HOUSEBOOK_VAR": var, "SITE_URL": url}
        command = [sys.executable, "manage.py", "up", "--demo", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            wait(url)
            shoot(url, options.folder, options.only)
        finally:
            server.terminate()
            server.wait(40)


def wait(url: str) -> None:
    for _attempt in range(200):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):  # noqa: S310 ours
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the server did not start")


def shoot(url: str, folder: Path, only: list[str] | None) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        for theme in ("light", "dark"):
            context = browser.new_context(base_url=url, color_scheme=theme)
            page = context.new_page()
            page.on("console", lambda m: print("console:", m.text) if m.type == "error" else None)
            size(page, "desktop")
            page.goto("/auth/login/")
            save(page, folder, f"sign-in-{theme}-desktop", only, "sign-in")
            page.fill("input[name=login]", EMAIL)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url(f"{url}/")
            for name, path in PAGES.items():
                if only and name not in only:
                    continue
                page.goto(target(page, path))
                page.wait_for_timeout(400)
                for device in ("desktop", "phone"):
                    size(page, device)
                    page.wait_for_timeout(150)
                    save(page, folder, f"{name}-{theme}-{device}", only, name)
                size(page, "desktop")
            context.close()
        browser.close()


def target(page, path: str) -> str:
    if path == "first transaction":
        page.goto("/transactions/")
        return page.locator("a[data-edit]").first.get_attribute("href")
    if path == "first account":
        page.goto("/accounts/")
        return page.locator("a.account-card").first.get_attribute("href")
    if path == "first bank":
        page.goto("/banks/")
        return page.locator(".bank-list a").first.get_attribute("href")
    return path


def size(page, device: str) -> None:
    width, height = (1280, 900) if device == "desktop" else (390, 844)
    page.set_viewport_size({"width": width, "height": height})


def save(page, folder: Path, name: str, only: list[str] | None, key: str) -> None:
    if only and key not in only:
        return
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        print(f"{name}: {wide} px too wide")
    page.screenshot(path=folder / f"{name}.png", full_page=key in ("overview", "account"))


if __name__ == "__main__":
    main()
