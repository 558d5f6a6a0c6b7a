"""Secrets come out of everything before it is written, and ordinary code stays as it is."""

from __future__ import annotations

import base64
import random
import string

import pytest

from nbmlops.capture.redaction import (
    MARK,
    WINDOW,
    redact,
    redact_head,
    redact_name,
    redact_tail,
    redact_value,
)

SECRET = "s3cr3tV4lue"
AWS = "AKIAIOSFODNN7EXAMPLE"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpM"
GITHUB = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"

# (text, what must not be in it afterwards)
PLANTED = [
    (f'password = "{SECRET}"', SECRET),
    (f"password='{SECRET}'", SECRET),
    (f'db_password: str = "{SECRET}"', SECRET),
    (f'API_KEY = r"{SECRET}"', SECRET),
    (f'apiKey = "{SECRET}"', SECRET),
    (f'config = {{"client_secret": "{SECRET}"}}', SECRET),
    (f'os.environ["HF_TOKEN"] = "{SECRET}"', SECRET),
    (f'login(user="me", token="{SECRET}")', SECRET),
    (f'secret = """{SECRET}\nmore"""', SECRET),
    (f"%env DB_PASSWORD={SECRET}", SECRET),
    (f"!export AWS_SECRET_ACCESS_KEY={AWS_SECRET}", AWS_SECRET),
    (f"!PGPASSWORD={SECRET} psql -h host", SECRET),
    (f"STORAGE_KEY_TOKEN={SECRET}Zg==", SECRET),
    (f"!tool --password {SECRET} --verbose", SECRET),
    (f"!tool --api-key={SECRET}", SECRET),
    (f"!tool --db_password={SECRET}", SECRET),
    (f"key_id = '{AWS}'", AWS),
    (f"# remember {AWS}", AWS),
    (f"k = '{AWS_SECRET}'", AWS_SECRET),
    (f"header = 'Bearer {JWT}'", JWT),
    (f"x = '{JWT}'", JWT),
    (f"requests.get(u, headers={{'Authorization': 'Basic {SECRET}zzzz'}})", f"{SECRET}zzzz"),
    (f'engine = create_engine("postgres://user:{SECRET}@host:5432/db")', SECRET),
    (f'"mysql+pymysql://u:{SECRET}@h/db"', SECRET),
    (f"postgres://user:a/b+{SECRET}@h/db", SECRET),
    (f'url = "https://{GITHUB}@github.com/a/b.git"', GITHUB),
    (f"git clone https://x-access-token:{SECRET}@host/r.git", SECRET),
    (f'"https://acc.blob.core.windows.net/c?sv=2020&sig={SECRET}%3D"', SECRET),
    (f'"https://s3.amazonaws.com/b/k?X-Amz-Signature={SECRET}&X-Amz-Date=1"', SECRET),
    (PEM, "MIIEowIBAAKCAQEA"),
    (f'key = """{PEM}"""', "MIIEowIBAAKCAQEA"),
    (f"machine host login me password {SECRET}", SECRET),
    ("sk-proj-abcdefghijklmnopqrstuvwxyz123456", "abcdefghijklmnopqrstuvwxyz"),
    ("sk-ant-" + "abcdefghij" * 4, "abcdefghijabcdefghij"),
    ("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "hf_abcdef"),
    ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"),
    ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSyA"),
    ("glpat-abcdefghijklmnopqrst", "glpat-abc"),
    (f"github_pat_{'a1' * 20}", "github_pat_a1"),
    ("npm_abcdefghijklmnopqrstuvwxyz0123456789", "npm_abc"),
    ("pypi-AgEIcHlwaS5vcmcCJGFiY2RlZmdoaWprbG1ub3A", "pypi-AgEI"),
    (f"AccountName=a;AccountKey={'Ab1/' * 10}==;", "Ab1/Ab1/"),
    ("https://hooks.slack.com/services/T000/B000/XXXXXXXX", "T000/B000"),
    (f"raise ValueError('bad password={SECRET}')", SECRET),
    (f"ConnectionError: postgresql://app:{SECRET}@10.0.0.1/db refused", SECRET),
]

INNOCENT = [
    "max_tokens = 512\ntokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
    "n_tokens: int = 3",
    "token_count = 17",
    "passenger_count = df['passengers'].sum()",
    "keys = 'a b c'.split()",
    "author = 'Ada'",
    "secretary = 'x'",
    "digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
    "commit = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'",
    "run = '01JD8Z3K5V9Q2W4X6Y8Z0A1B2C'",
    "model_name = 'RandomForestClassifierWithCalibration_v2_final'",
    "path = '/data/projects/churn/2026/features/train.parquet'",
    "def get_token(self):\n    return self.cache[key]",
    "auc = roc_auc_score(y, p)",
    "url = 'https://example.org/data.csv?year=2015&page=2'",
    "url = 'https://example.org:8443/@someone/page'",
    "sort_keys=True",
    "primary_key = id_column",
    "password = getpass()",
    "token = os.environ['TOKEN']",
]


@pytest.mark.parametrize(("text", "secret"), PLANTED, ids=lambda value: str(value)[:40])
def test_a_planted_secret_is_gone(text: str, secret: str) -> None:
    cleaned = redact(text)

    assert secret not in cleaned
    assert MARK in cleaned
    assert cleaned.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", INNOCENT)
def test_ordinary_code_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def pieces(secret: str) -> list[str]:
    """Every part of a secret that could tell somebody something."""
    return [secret[at : at + 6] for at in range(len(secret) - 5)]


@pytest.mark.parametrize("filler", ["lorem ipsum ", "line\n", "é"])
@pytest.mark.parametrize(("text", "secret"), PLANTED, ids=lambda value: str(value)[:40])
def test_no_piece_of_a_secret_is_left_where_a_text_is_cut(
    text: str, secret: str, filler: str
) -> None:
    around = (filler * 60)[:240] + "\n"
    whole = around + text + "\n" + around
    for cut in range(len(around) - 30, len(around) + len(text) + 30):
        head, tail = redact_head(whole, cut), redact_tail(whole, len(whole) - cut)

        assert not [piece for piece in pieces(secret) if piece in head + tail], cut
        assert head.startswith(around[: len(around) - 40])
        assert tail.endswith(around[40:])


def test_a_cut_costs_what_it_keeps() -> None:
    """Whatever is left out of a text is not looked at, beside a window at the cut."""
    whole = "token x " * 100_000
    looked: list[int] = []

    def clean(part: str) -> str:
        looked.append(len(part))
        return part

    head, tail = redact_head(whole, 1000, clean), redact_tail(whole, 1000, clean)

    assert (head, tail) == (whole[:1000], whole[-1000:])
    assert sorted(looked) == [WINDOW, WINDOW, WINDOW + 1000, WINDOW + 1000]


def test_a_private_key_of_any_size_is_no_longer_than_the_window() -> None:
    body = "\n".join("MIIJKQIBAAKCAgEA" * 4 for _ in range(100))  # as of 8192 bits
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    whole = "log\n" * 500 + key + "\nlog" * 500

    for cut in range(1900, len(whole) - 1900, 97):
        assert "MIIJKQ" not in redact_head(whole, cut) + redact_tail(whole, len(whole) - cut)


def test_a_name_loses_secrets_by_their_form_and_none_for_looking_random() -> None:
    for name in ("BatchNorm2d_Conv2d_3x3_ReLU6_Linear512_Drop05", "val/auc (%)", "[redacted]"):
        assert redact_name(name) == name
    assert redact_name(f"x {GITHUB}") == f"x {MARK}"
    assert redact_name(f"loss of postgres://u:{SECRET}@h/db") == f"loss of postgres://{MARK}@h/db"
    assert redact_name(7) == 7
    assert len(redact_name("x" * 10**7)) < 10_000


def test_redaction_is_stable() -> None:
    for text, _ in PLANTED:
        once = redact(text)

        assert redact(once) == once


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "api_key",
        "apiKey",
        "aws-secret",
        "hf_token",
        "clientSecret",
        "private_key",
    ],
)
def test_a_value_goes_by_its_name(name: str) -> None:
    assert redact_value(name, SECRET) == MARK
    assert redact_value("options", {name: SECRET, "depth": 3}) == {name: MARK, "depth": 3}
    assert redact_value("options", {f"x {GITHUB}": 3}) == {f"x {MARK}": 3}


def test_a_random_value_goes_whatever_its_name() -> None:
    generator = random.Random(4)
    for _ in range(50):
        text = "".join(generator.choices(string.ascii_letters + string.digits, k=44))
        assert redact_value("x", text) == MARK, text
    raw = base64.b64encode(generator.randbytes(32)).decode()
    assert redact_value("x", raw) == MARK


def test_a_long_source_is_redacted_in_linear_time() -> None:
    import time

    def seconds(text: str) -> float:
        taken = []
        for _ in range(3):  # the CPU time of the quickest: the machine may be busy
            began = time.thread_time()
            redact(text)
            taken.append(time.thread_time() - began)
        return min(taken)

    for unit in (
        "token = x\n",
        "password: ",
        '"' * 3 + "a",
        "a://",
        "key='",
        "-----BEGIN ",
        "eyJa.",
    ):
        small = max(seconds(unit * 500), 1e-4)

        # Sixteen times as long; in quadratic time it would be 256 times as much.
        assert seconds(unit * 8000) < small * 100, unit
