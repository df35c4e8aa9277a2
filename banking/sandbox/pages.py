"""The consent pages: choose a bank, sign in, second factor, pick accounts, allow or cancel."""

from html import escape
from urllib.parse import urlencode

from banking.sandbox.banks import BANKS, banks_shown
from banking.sandbox.store import Visit

STYLE = """
:root{color-scheme:light dark;
--ink:#1c2430;--paper:#f4f5f7;--card:#fff;--line:#d5d9e0;--accent:#2a5bd7;--soft:#5b6675}
@media(prefers-color-scheme:dark){:root{
--ink:#e8ebf0;--paper:#12161c;--card:#1b212a;--line:#38414d;--accent:#8fb0ff;--soft:#a4afbd}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
.banner{background:#7a4b00;color:#fff;text-align:center;padding:.5rem 1rem;font-size:.875rem}
main{max-width:26rem;margin:2.5rem auto;padding:0 1rem}h1{font-size:1.375rem;margin:0 0 .25rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.5rem}
p{margin:.25rem 0 1rem;color:var(--soft)}label{display:block;margin:.75rem 0 .25rem}
input[type=text],input[type=password]{width:100%;font:inherit;color:inherit;background:transparent;
border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem}
.pick{display:flex;gap:.625rem;align-items:center;margin:.5rem 0;min-height:1.75rem}
button,.button{display:block;width:100%;font:inherit;font-weight:600;text-align:left;
border-radius:.5rem;padding:.625rem 1rem;
border:1px solid var(--line);background:transparent;color:inherit;margin-top:.625rem;cursor:pointer}
button.main{background:var(--accent);border-color:var(--accent);color:#fff;text-align:center}
@media(prefers-color-scheme:dark){button.main{color:#0d1420}}
button.plain{text-align:center}.error{color:#b3261e}@media(prefers-color-scheme:dark){.error{color:#ffb4ab}}
"""


def page(title: str, body: str) -> str:
    """A whole page. `body` is HTML that was escaped."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/style.css"></head><body><div class="banner" role="note">'
        "This is a demonstration bank. Nothing here is real money.</div>"
        f'<main><div class="card">{body}</div></main></body></html>'
    )


def dialog(visit: Visit, error: str = "") -> str:
    """The page that this visit is at."""
    action = f"/dialog/{escape(visit.id)}"
    note = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    cancel = '<button class="plain" name="act" value="cancel">Cancel</button>'
    start = f'<form method="post" action="{action}">'
    if not visit.provider_id:
        banks = "".join(
            f'<button name="bank" value="{escape(bank.id)}">{escape(bank.name)}</button>'
            for bank in banks_shown(visit.query.get("providers", ""))
        )
        return page(
            "Choose your bank", f"<h1>Choose your bank</h1>{note}{start}{banks}{cancel}</form>"
        )
    bank = BANKS[visit.provider_id]
    name = escape(bank.name)
    if not visit.customer:
        return page(
            f"Sign in to {bank.name}",
            f"<h1>{name}</h1><p>Any name will do; the same name has the same accounts.</p>{note}{start}"
            '<label for="username">User name</label>'
            '<input type="text" id="username" name="username" value="sam" autocomplete="off">'
            '<label for="password">Password</label>'
            '<input type="password" id="password" name="password" value="demo" autocomplete="off">'
            f'<button class="main" name="act" value="login">Sign in</button>{cancel}</form>',
        )
    if bank.asks_second_factor and not visit.passed_second_factor:
        return page(
            f"Confirm at {bank.name}",
            f"<h1>Confirm that it is you</h1><p>{name} sent a code to your phone. In this demonstration it is "
            f"<strong>{second_factor(visit)}</strong>.</p>{note}{start}"
            '<label for="otp">Code</label><input type="text" id="otp" name="otp" inputmode="numeric">'
            f'<button class="main" name="act" value="confirm">Confirm</button>{cancel}</form>',
        )
    picks = "".join(
        f'<label class="pick"><input type="checkbox" name="product" value="{escape(product.key)}" checked> '
        f"{escape(product.name)} · {product.currency}</label>"
        for product in bank.products
    )
    return page(
        f"Share with Housebook from {bank.name}",
        f"<h1>Share your accounts?</h1><p>{name} will let the app read balances and transactions for "
        f"{bank.consent_days} days. It cannot move money.</p>{note}{start}{picks}"
        f'<button class="main" name="act" value="allow">Allow</button>{cancel}</form>',
    )


def second_factor(visit: Visit) -> str:
    """The six digits that this visit has to type."""
    return str(int.from_bytes(visit.id.encode()[-8:], "big") % 900_000 + 100_000)


def way_back(visit: Visit, answer: dict[str, str]) -> tuple[str, str]:
    """(address to redirect to, "") or ("", page that posts itself) with the answer and the state."""
    if state := visit.query.get("state"):
        answer = {**answer, "state": state}
    target = visit.query["redirect_uri"]
    if visit.query.get("response_mode") != "form_post":
        joint = "&" if "?" in target else "?"
        return f"{target}{joint}{urlencode(answer)}", ""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in answer.items()
    )
    return "", page(
        "Back to the app",
        f'<h1>Done</h1><form method="post" action="{escape(target)}">{fields}'
        '<button class="main">Back to the app</button></form>',
    )
