"""A bank's text without the bank's noise: what is left names the shop or the person."""

import re
import unicodedata
from functools import lru_cache

from ledger.categoriser.noise import (
    CITIES,
    CITY_STARTS,
    COUNTRIES,
    LEADING_STATES,
    MONTHS,
    PHRASES,
    PREFIXES,
    STATES,
    WORDS,
)

_SHARP = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "’": "'", "‘": "'"})  # fmt: skip

# Statements of German, Dutch and Belgian banks name the fields; the name is the one that counts.
_FIELD = re.compile(
    r"(?:/name/|\bnaam\s*:|\bname\s*:|\bauftraggeber\s*:|\bempfanger\s*:|\bbeneficiaire\s*:|\bcreditor name\s*:|\bten gunste van\s*:)"
    r"\s*([^/:]{3,60}?)(?=/|\s+(?:omschrijving|iban|verwendungszweck|bic|kenmerk|mandat\w*|remi|eref|valuta\w*|machtiging)\b|\s*\b\w+:|$)"
)
_SENT_BY_UPI = re.compile(
    r"^(?:upi|imps|neft)[-/ ](?:[a-z]{1,3}[-/])?(?:\d+[-/])?([a-z][a-z .&]+?)(?=[-/@])"
)
_PROCESSOR = re.compile(
    r"\b(?:sq|sqc|gosq|tst|toast|pp|ppg|paypal|sumup|sum up|iz|izettle|zettle|zettle_|zttl|stripe|sp|shopify|dd|bb|ikh|payfast|yoco|"
    r"zapper\d?|snapscan|klarna|mollie|adyen|ccv|ls|wpy|py|chk|fsp|ppy|eb|cko|nyx|2co\.com|2co|paddle\.net|paddle|fs|fastspring|"
    r"dri|digitalriver|xsolla|razorpay|razor|payu|billdesk|ccavenue|payu\w*|snack|cl|par|ezi|sps|tl|smp|lsp|gg|cpi|nic|aut|web|olo|"
    r"worldpay|wp|viva|myp|mypos|clover|clv|spo|tock|rsy|bt|evt|ppro|nexi|satispay|axepta|lydia|izl|crv|curve|rev|zlr|ztl|zet|flw)\s*\*+\s*"
)
_KNOWN_WRITINGS = (
    (re.compile(r"\bamzn ?mktp\w*(?: [a-z]{2}\b)?(?:\*\S*)?|\bamazon\.?\w* ?mktpl?a?ce?\w*(?:\*\S*)?|\bamazon (?:uk )?marketplace"), "amazon marketplace"),
    (re.compile(r"\bamzn ?prime\w*|\bprime video\w*|\bamazon prime\w*"), "amazon prime"),
    (re.compile(r"\bamzn\.com/bill?\w*"), " "),
    (re.compile(r"\bamzn\b"), "amazon"),
    (re.compile(r"\bamazon(?:\.[a-z]{2,3}){1,2}(?:\*\S*)?"), "amazon"),
    (re.compile(r"\bapple\.com/ ?bil?l?\b|\bitunes\.com/bill\b|\bapl\*? ?itunes\.com\S*|\bapple\.com bill\b|\bapple\.com/bi\b"), "apple bill"),
    (re.compile(r"\bwm supercenter\b|\bwal[- ]mart\b|\bwmt\b|\bwal-?mart\.com\b"), "walmart"),
    (re.compile(r"\bmcd\b|\bmc ?donald'?s?\b|\bmcdonald s\b"), "mcdonalds"),
    (re.compile(r"\bw m morrisons?\b|\bwm morrisons?\b"), "morrisons"),
    (re.compile(r"\btfl\b(?:\.gov\.uk\S*)?(?: travel ch\w*)?(?: tfl\.gov\.uk\S*)?"), "tfl"),
    (re.compile(r"\bdd \*?(?=doordash)"), ""),
    (re.compile(r"\bwww\.?(\w{3,})com\b"), r"\1"),
    (re.compile(r"\bpaypal inst xfer\b"), "paypal"),
)  # fmt: skip

_REMOVED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:https?:?/*|www\.?)(?=\w{3})",
        r"(?<=\w)\.(?:com?|net|org|co|de|fr|es|it|nl|pl|at|ch|eu|ie|be|uk|us|io|tv|in|au|ca|app)(?:\.[a-z]{2})?\b(?:/\S*)?",
        r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?=\s|$)",  # IBAN
        r"\+?\b\d[\d-]*[- ]\d{3}[- ]\d{3,}\b|\b\d{3}[-.]\d{3}[-.]?\d{4}\b|\b[x\d]{3}-[x\d]{3,}\S*",  # telephones
        r"\b\d{4}-\d{2}-\d{2}(?:t[\d:.]+z?)?|\b\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?\b",
        rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?[ -]?(?:{MONTHS})\b\.?(?:[ -]?'?(?:19|20)?\d\d\b)?",
        rf"\b(?:{MONTHS})\b\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?",
        rf"\b\d{{1,2}}(?:{MONTHS})\d{{2,4}}\b",
        r"\b\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?: ?(?:am|pm|uhr))?\b",
        r"(?:\b(?:eur|gbp|usd|chf|pln|zar|inr|aud|cad|rs)|[€£$]) ?\d[\d.,]*|\b\d[\d.,]* ?(?:eur|gbp|usd|chf|pln|zar|inr|aud|cad)\b",
        r"[*x#]{2,}[\d*x#]*|\b\w*x{4,}\w*\b",
        r"\b(?:card|carte|karte|kaart|tarjeta|carta|terminal|ref|nr|no|id|cd)\W{0,3}\d+\b",
        r"\b(?:ref|reference|mandate|mandat|auth|txn|trx|tid|mid|rrn|invoice|inv)\b[.: #-]*\w*\d\w*",
    )
)
_PHRASES = re.compile(r"\b(?:" + "|".join(re.escape(p) for p in PHRASES) + r")(?!\w)")
_PREFIX = re.compile(r"(?:" + "|".join(re.escape(p) for p in PREFIXES) + r") (?=\S*[^\W\d])")
_CITY = re.compile(r"(?<=\w) (?:" + "|".join(re.escape(c) for c in CITIES) + r")$")
# What the payer wrote, behind the name.
_REMARK = re.compile(
    r"(?<=[a-z]{3}) (?:reference|verwendungszweck|omschrijving|causale|concepto|motif|tytulem)\b.*$"
)
_QUOTES = re.compile(r"['`´]")
_SIGNS = re.compile(r"[^\w]+|_")
_DIGITS = re.compile(r"\d")
_KEPT_NUMBERS = frozenset(
    "7 3 99 360 365 24 5 1 4 8".split()
)  # of 7 eleven, office 365 and the like
_WITH_NUMBERS = re.compile(
    r"\b(?:7[- ]?eleven|3 mobile|h3g|o2|99p|microsoft 365|office 365|e ?85|1&1|4f|eat24|b365|bet365|c1000|k2|pay ?4|1p|g2a|24 hour|a1|5 guys|7 11|go2|m6|u2|n26|s24|e5|x5)\b"
)


def folded(text: str) -> str:
    """Lower case without accents: what every comparison here uses."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_SHARP))
        text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(text.lower().split())


@lru_cache(maxsize=20_000)
def clean(description: str) -> str:
    """The words that name the other side, folded; the whole text's letters when none are left."""
    text = folded(description)[:400]
    if found := _FIELD.search(text) or _SENT_BY_UPI.search(text):
        text = found[1]
    for pattern, name in _KNOWN_WRITINGS:
        text = pattern.sub(name, text)
    text = _without_processor(text)
    kept = _WITH_NUMBERS.findall(text)
    text = _REMARK.sub("", text)
    for pattern in _REMOVED:
        text = pattern.sub(" ", text)
    text = _QUOTES.sub("", text)
    text = " ".join(_SIGNS.sub(" ", text).split())
    words = _words(text, kept)
    return " ".join(words)[:80] or _letters(description)


def _words(text: str, kept: list[str]) -> list[str]:
    allowed = {word for name in kept for word in _SIGNS.sub(" ", name).split()}
    text = " ".join(word for word in text.split() if word in allowed or not _DIGITS.search(word))
    text = _without_prefixes(" ".join(_PHRASES.sub(" ", text).split()))
    words = text.split()
    words = _without_place(list(dict.fromkeys(words)))
    return [word for word in words if word not in WORDS] or words


def _without_processor(text: str) -> str:
    without = _PROCESSOR.sub(" ", text)
    return without if re.search(r"[a-z]{2}", without) else text


def _without_prefixes(text: str) -> str:
    while found := _PREFIX.match(text):
        text = text[found.end() :]
    return text


def _without_place(words: list[str]) -> list[str]:
    """Country, state and city off the end, and a state off the front; never the only word."""
    if len(words) > 1 and words[0] in LEADING_STATES:
        words = words[1:]
    if len(words) > 1 and len(words[-1]) == 4 and words[-1][:2] in STATES and words[-1][2:] == "us":
        words = [*words[:-1], words[-1][:2]]
    while len(words) > 1 and words[-1] in COUNTRIES and words[-1] not in STATES:
        words = words[:-1]
    if len(words) > 1 and words[-1] in STATES:
        words = words[:-1]
        shorter = _CITY.sub("", " ".join(words)).split()
        if len(shorter) < len(words):
            return shorter
        if len(words) > 2:
            words = words[:-1]
            if len(words) > 1 and words[-1] in CITY_STARTS:
                words = words[:-1]
        return words
    if len(words) > 1 and words[-1] in COUNTRIES:
        words = words[:-1]
    return _CITY.sub("", " ".join(words)).split()


def _letters(description: str) -> str:
    """What to call a text that is all noise: its letters, or the text itself."""
    text = folded(description)
    return " ".join(_DIGITS.sub(" ", _SIGNS.sub(" ", text)).split())[:80] or text[:80]
