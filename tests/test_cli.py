"""The command: what it prints, its exit status, and that it can be killed and run again. Run as a process of its own, as people do."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from telegraphone import __version__
from telegraphone.access import SYSTEM
from telegraphone.db import Db, open_db
from telegraphone.model import CallId
from telegraphone.sql.calls import CallFilter, list_calls
from tests.receiver import receiving
from tests.servers import S3, free_ports

CORPUS = Path(__file__).parent / "corpus"
QUEUE_CALL = CORPUS / "18-queue-answered-local-member"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing of the machine's own settings, and a folder of the test's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAPHONE_", "PLAY_"))}
    return {
        **kept,
        "TELEGRAPHONE_DATA": str(folder / "data"),
        **{f"TELEGRAPHONE_{name.upper()}": value for name, value in settings.items()},
    }


def command(*words: object) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "telegraphone", *map(str, words)]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command with these words; settings by name."""

    def run(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        env = environment(tmp_path, **settings)
        return subprocess.run(command(*words), check=False, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120)

    return run


def told(done: subprocess.CompletedProcess[str], status: int = 0) -> str:
    assert done.returncode == status, done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str], status: int = 1) -> str:
    assert done.returncode == status, done.stdout + done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_version(run: Run) -> None:
    assert told(run("version")) == told(run("--version")) == f"{__version__}\n"


GROUPS = ["", "directory", "key", "user"]
COMMANDS = [
    "serve",
    "worker",
    "demo",
    "migrate",
    "ingest",
    "directory load",
    "key add",
    "key list",
    "key revoke",
    "user add",
    "user list",
    "user grant",
    "user passwd",
    "user disable",
    "user enable",
    "check",
    "config",
    "version",
]


@pytest.mark.parametrize("words", [*GROUPS, *COMMANDS, "rebuild", "explain"])
def test_help(run: Run, words: str) -> None:
    text = told(run(*words.split(), "--help"))
    assert text.startswith("Usage: ")
    assert len(text.splitlines()) > 5


def test_config_masks_secrets(run: Run) -> None:
    text = told(run("config", token="hunter2", database="postgresql://u:hunter2@h/d", timezone="Europe/Paris"))
    assert "hunter2" not in text
    assert re.search(r"^TELEGRAPHONE_TIMEZONE += Europe/Paris$", text, re.M)
    assert json.loads(told(run("config", "--json", token="hunter2")))["token"] == "***"


def test_config_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("port = 9444\n")
    assert json.loads(told(run("--config", "t.toml", "config", "--json")))["port"] == "9444"
    assert "t.toml: prot: there is no such setting" in refused(run("--config", write(tmp_path / "t.toml", "prot = 1"), "config"))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("words", ["config", "serve", "migrate", "check", "key list", "ingest asterisk-cel x"])
def test_bad_setting_stops_everything_with_one_line(run: Run, words: str) -> None:
    assert refused(run(*words.split(), port="http")) == (
        "telegraphone: TELEGRAPHONE_PORT: 'http' is not; allowed: a number from 1 to 65535\n"
    )  # fmt: skip


def test_wrong_usage(run: Run) -> None:
    refused(run("ingets"), 2)
    refused(run("ingest", "asterisk-cel"), 2)
    refused(run("ingest", "asterisk-cel", "x", "--timezone", "Mars"), 2)
    refused(run("ingest", "asterisk-cel", "x", "--pbx", ""), 2)
    refused(run("key", "add", "x", "--right", "everything"), 2)


def test_migrate(run: Run) -> None:
    assert "0001_calls.sql" in json.loads(told(run("migrate", "--json")))["applied"]
    assert told(run("migrate")) == "The schema is up to date.\n"


def test_database_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "data" / "telegraphone.db", "this is no database, and long enough to be looked at\n" * 100)
    assert len(refused(run("migrate")).splitlines()) == 1
    assert len(refused(run("migrate", database=f"sqlite:///{tmp_path}")).splitlines()) == 1


def test_directory(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path / "d.csv",
        "\ufeffkind,number,name,display_name\nagent,2000,Dino,\nqueue,3556,hotline,Hot Line\nuser,1001,Jo,\nuser,1002,Al,\n",
    )
    assert json.loads(told(run("directory", "load", file, "--json"))) == {"agents": 1, "queues": 1, "users": 2}
    assert told(run("directory", "load", write(file, "kind,number\nuser,1003\n"))) == "Loaded 1 users.\n"
    db = open_db(f"sqlite:///{tmp_path}/data/telegraphone.db", readers=1)
    with db.transaction("read") as tx:
        assert [row["number"] for row in tx.all("select number from users where is_seen = 0")] == ["1003"]
        assert [row["number"] for row in tx.all("select number from agents where is_seen = 0")] == ["2000"]
    db.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "header must name kind"),
        ("number,name\n1,2\n", "header must name kind"),
        ("kind,number,number\nuser,1,2\n", "header must name kind"),
        ("kind,phone\nuser,1\n", "header must name kind"),
        ("kind,number\nuser,1\nadmin,2\n", "line 3: kind 'admin' is none of agent, queue, user"),
        ("kind,number\nuser,1,2\n", "line 2: has 3 cells"),
        ('kind,number\nuser,"1\n', "line"),
        ("kind,name\nagent,x\n", "number: is required"),
        ("kind,number\nuser,1\nuser,1\n", "stands there twice"),
    ],
)
def test_directory_refused(run: Run, tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refused(run("directory", "load", write(tmp_path / "d.csv", text)))


def test_keys(run: Run) -> None:
    assert told(run("key", "list")) == "There are no keys.\n"
    secret = told(run("key", "add", "crm", "--right", "read", "--right", "listen")).strip()
    assert len(secret) >= 32
    assert refused(run("key", "add", "crm", "--right", "read")).startswith("telegraphone: there is or was a key named")
    listed = told(run("key", "list", "--json"))
    assert [(key["name"], key["rights"], key["revoked_at"]) for key in json.loads(listed)] == [("crm", ["read", "listen"], None)]
    assert secret not in listed
    assert told(run("key", "revoke", "crm")) == "crm is revoked.\n"
    assert "crm" in refused(run("key", "revoke", "crm"))
    assert json.loads(told(run("key", "list", "--json")))[0]["revoked_at"]
    assert told(run("key", "list")).splitlines()[0].split() == ["name", "rights", "sees", "created", "revoked"]


def test_keys_of_some_calls(run: Run) -> None:
    told(run("key", "add", "crm", "--right", "read", "--queue", "3556", "--agent", "2000", "--to", "2026-02-01"))
    assert "queue 3556, agent 2000, to 2026-02-01 00:00" in told(run("key", "list"))
    assert "a key that is given some calls only" in refused(run("key", "add", "log", "--right", "ingest", "--queue", "3556"))
    assert "to: must be after from" in refused(run("key", "add", "x", "--right", "read", "--from", "2026-02-01", "--to", "2026-01-01"))


def test_users(run: Run, tmp_path: Path) -> None:
    assert told(run("user", "list")) == "There are no users.\n"
    password = write(tmp_path / "password", "correct horse\nbattery")
    assert told(run("user", "add", "Anna", "--profile", "administrator", "--password-file", password)) == "anna is a user: administrator.\n"
    told(run("user", "add", "bob", "--profile", "agent", "--agent", "2000", "--full-name", "Bob Durand", "--no-password"))
    granted = told(run("user", "grant", "bob", "--profile", "supervisor", "--queue", "hotline", "--queue", "3000", "--from", "2026-01-01"))
    assert granted == "bob is supervisor and sees queue hotline, queue 3000, from 2026-01-01 00:00.\n"
    assert told(run("user", "passwd", "bob", "--password-file", password)) == "bob has a new password.\n"
    assert told(run("user", "disable", "bob")) == "bob is disabled.\n"
    assert told(run("user", "enable", "bob")) == "bob is enabled.\n"
    listed = json.loads(told(run("user", "list", "--json")))
    assert [(user["name"], user["profile"], user["full_name"]) for user in listed] == [
        ("anna", "administrator", ""), ("bob", "supervisor", "Bob Durand"),
    ]  # fmt: skip
    assert "horse" not in str(listed)


@pytest.mark.parametrize(("words", "reason"), [
    (["add", "anna", "--profile", "agent", "--agent", "1"], "there is no terminal to ask for the password"),
    (["add", "a b", "--profile", "agent", "--no-password"], "name: must have"),
    (["add", "token", "--profile", "agent", "--no-password"], "name: must have"),
    (["add", "anna", "--profile", "teacher", "--queue", "x", "--no-password"], "from: a teacher is given queues within"),
    (["add", "anna", "--profile", "administrator", "--queue", "x", "--no-password"], "an administrator sees everything"),
    (["passwd", "nobody", "--password-file", "/dev/null"], "there is no user 'nobody'"),
    (["add", "anna", "--profile", "agent", "--password-file", "/dev/null"], "password: must have 10 to 1000 characters"),
    (["disable", "nobody"], "there is no user"), (["grant", "nobody", "--profile", "agent"], "there is no user"),
])  # fmt: skip
def test_users_refused(run: Run, words: list[str], reason: str) -> None:
    assert reason in refused(run("user", *words))


def test_the_first_user_is_told_once(tmp_path: Path) -> None:
    with serving(tmp_path, token="t") as (process, url):
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
        found = re.search(r"A user was made: admin, with the password (\S+)\n", out)
        assert found
    with serving(tmp_path, token="t") as (process, url):
        body = json.dumps({"name": "admin", "password": found[1]}).encode()
        with DIRECT.open(urllib.request.Request(f"{url}/api/v1/session", body)) as answer:
            assert json.load(answer)["profile"] == "administrator"
            assert "HttpOnly" in answer.headers["Set-Cookie"]
        process.send_signal(signal.SIGTERM)
        assert found[1] not in "".join(process.communicate(timeout=20))


def test_ingest_tells_what_it_did(run: Run) -> None:
    first = json.loads(told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", "--json")))
    assert first["read"] == first["new"] > 20
    again = json.loads(told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", "--json")))
    assert (again["read"], again["new"], again["known"]) == (first["read"], 0, first["read"])
    assert "events new" in told(run("ingest", "asterisk-queue-log", QUEUE_CALL / "queue_log"))
    files = json.loads(told(run("ingest", "recordings", QUEUE_CALL / "audio", "--json")))
    assert (files["read"], files["new"], files["unmatched"]) == (1, 1, 0)
    assert "Everything is where it should be." in told(run("check"))


def test_ingest_unreadable_and_strict(run: Run, tmp_path: Path) -> None:
    log = write(tmp_path / "queue_log", (QUEUE_CALL / "queue_log").read_text() + "this is no line of a queue_log\n")
    done = told(run("ingest", "asterisk-queue-log", log))
    assert "1 events unreadable" in done
    assert f"{log} line " in done
    assert told(run("ingest", "asterisk-queue-log", log, "--strict"), 3)
    assert told(run("ingest", "asterisk-queue-log", QUEUE_CALL / "queue_log", "--strict"))
    found = json.loads(told(run("check", "--json")))
    assert found["unreadable"] == 1
    assert found["unreadable_lines"][0]["path"] == str(log)


def test_ingest_recording_without_a_call(run: Run, tmp_path: Path) -> None:
    wav = next((QUEUE_CALL / "audio").iterdir())
    shutil.copyfile(wav, write(tmp_path / "in" / "nobody.wav", ""))
    assert "1 files without a call" in told(run("ingest", "recordings", tmp_path / "in"))
    assert (tmp_path / "in" / "nobody.wav").exists()
    told(run("ingest", "recordings", tmp_path / "in", "--strict", "--move"))
    assert not (tmp_path / "in" / "nobody.wav").exists()
    assert json.loads(told(run("check", "--json")))["unmatched"] == ["nobody"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["asterisk-cel", "none.csv"], "none.csv: there is no such file"),
        (["asterisk-cdrs", "."], "'asterisk-cdrs' is no source; there are asterisk-cel"),
        (["asterisk-cel", "x", "--move"], "--move is for recordings alone"),
        (["recordings", "none"], "none: there is no such folder or file"),
        (["asterisk-cel", "sqlite:///none.db"], "none.db"),
        (["asterisk-cel", "."], "directory"),
    ],
)
def test_ingest_refused(run: Run, words: list[str], reason: str) -> None:
    assert reason in refused(run("ingest", *words))


def test_check_finds_what_is_lost(run: Run, tmp_path: Path) -> None:
    told(run("ingest", "recordings", QUEUE_CALL / "audio"))
    media = tmp_path / "data" / "media"
    stored = next(path for path in media.rglob("*.wav"))
    stored.rename(media / "elsewhere.wav")
    found = json.loads(told(run("check", "--json"), 3))
    assert found["without_audio"] == [next((QUEUE_CALL / "audio").iterdir()).stem]
    assert found["without_row"] == ["elsewhere.wav"]
    assert "Something is lost" in told(run("check"), 3)


def test_check_finds_audio_that_is_cut(run: Run, tmp_path: Path) -> None:
    told(run("ingest", "recordings", QUEUE_CALL / "audio"))
    stored = next((tmp_path / "data" / "media").rglob("*.wav"))
    stored.chmod(0o600)
    os.truncate(stored, 100)
    assert len(json.loads(told(run("check", "--json"), 3))["without_audio"]) == 1


def test_postgresql_and_s3(run: Run, empty_postgres: str, s3: S3, s3_media: str) -> None:
    settings = {
        "database": empty_postgres, "media": s3_media, "s3_endpoint": s3.endpoint, "s3_region": s3.region,
        "s3_access_key": s3.access_key, "s3_secret_key": s3.secret_key,
    }  # fmt: skip
    told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", **settings))
    assert "1 files new" in told(run("ingest", "recordings", QUEUE_CALL / "audio", **settings))
    assert json.loads(told(run("check", "--json", **settings)))["recordings"] == 1


@contextmanager
def serving(folder: Path, *words: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = settings.pop("port", "") or str(free_ports(1)[0])
    env = environment(folder, port=port, **settings)
    process = subprocess.Popen(command("serve", *words), env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(process, url)
        yield process, url
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def wait_for(process: subprocess.Popen[str], url: str) -> None:
    for _ in range(1000):
        try:
            with DIRECT.open(f"{url}/api/v1/healthz"):
                return
        except OSError:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
    raise AssertionError("the server does not answer")


def search(url: str, token: str) -> list[dict[str, str]]:
    request = urllib.request.Request(f"{url}/records/search?pageSize=1000", b"{}", {"X-Auth-Token": token})
    with DIRECT.open(request) as answer:
        records: list[dict[str, str]] = json.load(answer)["records"]
        return records


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_makes_a_token_once_and_stops_politely(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path) as (process, url):
        token = (tmp_path / "data" / "token").read_text().strip()
        assert search(url, token) == []
        assert process.stderr and "answers on" in process.stderr.readline()  # it may answer a moment before it says so
        process.send_signal(stop)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out.count(token) == 1
    with serving(tmp_path, "--workers", "2") as (process, url):
        assert search(url, token) == []
        process.send_signal(stop)
        assert token not in "".join(process.communicate(timeout=20))


def test_serve_refuses_a_port_in_use(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path, token="t") as (_, url):
        assert "cannot listen on 127.0.0.1 port" in refused(run("serve", port=url.rpartition(":")[2]))


QUICK = {"telegraphone", "anyio", "idna", "greenlet", "msgspec", "sniffio", "starlette", "structlog", "typing_extensions", "zstandard"}
OF_STRUCTLOG = {"rich", "pygments"}
"""It takes them where they are, and in the server's own requirements they are not."""


def test_serve_starts_with_few_packages() -> None:
    """It is there in a second or two: drivers, codecs and what signs in elsewhere are loaded when they are needed."""
    code = "import sys, telegraphone.app, telegraphone.serving; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert loaded & set(packages_distributions()) - OF_STRUCTLOG - {"_distutils_hack"} <= QUICK


def test_ingest_while_serving(tmp_path: Path, run: Run) -> None:
    with serving(tmp_path, token="t") as (_, url):
        told(run("directory", "load", write(tmp_path / "d.csv", "kind,number,name\nqueue,3556,hotline\n")))
        told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv"))
        told(run("ingest", "recordings", QUEUE_CALL / "audio"))
        assert [record["queue"] for record in search(url, "t")] == ["hotline (3556)"]


def test_several_servers_on_one_database_and_one_bucket(tmp_path: Path, empty_postgres: str, s3: S3, s3_media: str, run: Run) -> None:
    settings = {
        "database": empty_postgres, "media": s3_media, "s3_endpoint": s3.endpoint, "s3_region": s3.region,
        "s3_access_key": s3.access_key, "s3_secret_key": s3.secret_key, "token": "t",
    }  # fmt: skip
    with serving(tmp_path, **settings) as (_, one), serving(tmp_path, **settings) as (_, other):
        told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", **settings))
        told(run("ingest", "recordings", QUEUE_CALL / "audio", **settings))
        assert search(one, "t") == search(other, "t")
        id = search(one, "t")[0]["id"]
        for url in (one, other):
            with DIRECT.open(urllib.request.Request(f"{url}/records/{id}/audio", headers={"X-Auth-Token": "t"})) as answer:
                assert answer.read() == next((QUEUE_CALL / "audio").iterdir()).read_bytes()


def test_demo(tmp_path: Path, run: Run) -> None:
    """The printed curl lines work when pasted, a second run has the same calls, and the operator's own database is not touched."""
    untouched = f"sqlite:///{tmp_path}/own/own.db"
    with demonstrating(tmp_path, database=untouched) as (out, _):
        lines = [line for line in out.splitlines() if line.startswith("curl ")]
        assert len(lines) == 3
        answers = [json.loads(subprocess.run(line, shell=True, check=True, capture_output=True, text=True).stdout) for line in lines]
        assert answers[0]["records"]
        assert re.fullmatch("20..", answers[1]["agentNumber"])
        assert answers[2]["state"] == "available"
    with demonstrating(tmp_path, database=untouched) as (again, seconds):
        assert re.sub(r"127.0.0.1:\d+", "", again) == re.sub(r"127.0.0.1:\d+", "", out)
        assert seconds < 5
    assert not (tmp_path / "own").exists()


@contextmanager
def demonstrating(folder: Path, **settings: str) -> Iterator[tuple[str, float]]:
    """What it prints, and how long that took."""
    port = str(free_ports(1)[0])
    began = time.monotonic()
    words = command("demo", "--data", folder / "demo", "--port", port)
    process = subprocess.Popen(words, env=environment(folder, **settings), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    out = ""
    while out.count("\ncurl ") < 3:
        line = process.stdout.readline()
        assert line, out
        out += line
    try:
        yield out, time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        process.stdout.close()


def calls_of(url: str) -> list[object]:
    """All calls as they are told, but for their numbers and when they were changed."""
    db: Db = open_db(url, readers=1)
    with db.transaction("read") as tx:
        found = list_calls(tx, SYSTEM, CallFilter(limit=1000))
    db.close()
    ids = {call.id: place for place, call in enumerate(sorted(found, key=lambda call: call.call.linked_id))}
    return sorted(
        repr((call.call, call.recordings and [r.id for r in call.recordings], place_of(ids, call.consultation_of))) for call in found
    )


def place_of(ids: dict[CallId, int], id: CallId | None) -> int | None:
    return None if id is None else ids[id]


def test_killed_and_run_again_is_as_undisturbed(tmp_path: Path, run: Run, db_url: str) -> None:
    logs = sorted(folder / "cel.csv" for folder in CORPUS.iterdir() if (folder / "cel.csv").exists() and "clock" not in folder.name)
    words = ["ingest", "asterisk-cel", *logs]
    told(run(*words))
    undisturbed = calls_of(f"sqlite:///{tmp_path}/data/telegraphone.db")
    assert len(undisturbed) > 50
    chance = random.Random(1898)
    for _ in range(10):
        process = subprocess.Popen(command(*words), env=environment(tmp_path, database=db_url), stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 1.2))
        process.kill()
        process.wait()
    told(run(*words, database=db_url))
    assert calls_of(db_url) == undisturbed


def test_interrupted_tells_how_far_it_came(tmp_path: Path) -> None:
    fifo = tmp_path / "cel.csv"
    os.mkfifo(fifo)
    words = command("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", fifo, "--json")
    process = subprocess.Popen(words, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with fifo.open("w"):  # returns when the command has come so far as to read it
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
    assert json.loads(out)["is_interrupted"] is True
    assert json.loads(out)["new"] > 20


def test_rebuild_says_what_changed(run: Run) -> None:
    told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv", trunk_contexts="from-trunk"))

    assert told(run("rebuild", trunk_contexts="from-trunk")).startswith("0 calls changed")
    changed = json.loads(told(run("rebuild", "--json", trunk_contexts="nothing", trunk_endpoints="nothing")))
    assert ["direction" in call["fields"] for call in changed["changed"]] == [True]
    assert told(run("rebuild", "--since", "2100-01-01", trunk_contexts="from-trunk")).startswith("0 calls changed")
    assert "--since: 'yesterday' is neither" in refused(run("rebuild", "--since", "yesterday"), 2)


def test_explain_by_unique_id_and_by_number(run: Run) -> None:
    told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv"))
    first = (QUEUE_CALL / "cel.csv").read_text().splitlines()[1].replace('"', "").split(",")
    unique_id = next(cell for cell in first if re.fullmatch(r"\d{10}\.0", cell))

    text = told(run("explain", unique_id))
    assert "leg_started" in text and "→ answered" in text and "0612345678" in text
    masked = told(run("explain", unique_id, "--mask"))
    assert masked.count("\n") == text.count("\n") and "0612345678" not in masked and unique_id in masked
    assert "no call" in refused(run("explain", "1.1"))
    assert "no call" in refused(run("explain", "12"))


def test_import(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("linked_id,started_at\n1.1,2016-03-31 16:44:26\n1.2,soon\n")
    assert "1 calls new" in told(run("import", file, "--timezone", "Europe/Paris"))
    strict = run("import", file, "--strict", "--json")
    assert strict.returncode == 3 and json.loads(strict.stdout)["unreadable"] == 1
    assert "there is no call" not in told(run("explain", "1.1"))
    assert "line 1 must name" in refused(run("import", QUEUE_CALL / "cel.csv"))


def test_coverage(run: Run) -> None:
    told(run("ingest", "asterisk-cel", QUEUE_CALL / "cel.csv"))
    by_queue = told(run("coverage", "--since", "2026-01-01", "--by", "queue"))
    assert re.search(r"^hotline .* 1  +0  +0.0%  +0 ", by_queue, re.M), by_queue
    missing = json.loads(told(run("coverage", "--since", "2026-01-01", "--missing", "--json")))["items"]
    assert [(call["reason"], call["queues"]) for call in missing] == [("expected", ["hotline"])] or missing[0]["reason"] == "missing"
    assert "--before: 'x' is neither" in refused(run("coverage", "--before", "x"), 2)


def test_a_worker_does_not_outlive_its_server(tmp_path: Path, run: Run) -> None:
    """Else it would keep the port, and a server started again would share it with one that nobody can stop."""
    with serving(tmp_path, token="t") as (process, url):
        process.kill()
        process.wait()
        for _ in range(200):
            try:
                DIRECT.open(f"{url}/api/v1/healthz", timeout=2).close()
            except OSError:
                return
            time.sleep(0.05)
    raise AssertionError("the worker goes on")


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def calls_closed(folder: Path) -> list[bool]:
    db = open_db(f"sqlite:///{folder}/data/telegraphone.db", readers=1)
    with db.transaction("read") as tx:
        closed = [stored.call.is_closed and "ended_at" not in stored.call.certainty for stored in list_calls(tx, SYSTEM, CallFilter())]
    db.close()
    return closed


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_follows_and_goes_on_after_a_kill(tmp_path: Path, workers: str) -> None:
    log = tmp_path / "cel.csv"
    sources = json.dumps([{"source": "asterisk-cel", "path": str(log)}])
    rows = (QUEUE_CALL / "cel.csv").read_text().splitlines(keepends=True)
    with serving(tmp_path, token="t", sources=sources, workers=workers) as (process, url):
        write(log, "".join(rows[:-3]))
        wait_until(lambda: len(search(url, "t")) == 1)
        process.kill()
        process.wait()
    log.rename(tmp_path / "cel.csv.1")
    write(log, "".join([rows[0], *rows[-3:]]))
    with serving(tmp_path, token="t", sources=sources) as (_, url):
        wait_until(lambda: calls_closed(tmp_path) == [True])
        assert len(search(url, "t")) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_worker_follows_and_stops_politely(tmp_path: Path, run: Run, stop: signal.Signals) -> None:
    log = write(tmp_path / "cel.csv", "")
    sources = json.dumps([{"source": "asterisk-cel", "path": str(log)}])
    env = environment(tmp_path, sources=sources)
    process = subprocess.Popen(command("worker"), env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        with serving(tmp_path, token="t") as (_, url):
            time.sleep(1)
            write(log, (QUEUE_CALL / "cel.csv").read_text())
            assert wait_until(lambda: len(search(url, "t")) == 1) < 2
        process.send_signal(stop)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (0, "")
        assert err == f"Telegraphone {__version__} follows 1 sources\n"
    finally:
        process.kill()
        process.communicate()


def test_worker_with_a_wrong_source(run: Run) -> None:
    assert "source 1: needs a path or a url" in refused(run("worker", sources='[{"source": "asterisk-cel"}]'))


def test_webhooks(run: Run) -> None:
    """Set up, tested, looked at and removed."""
    assert told(run("webhook", "list")) == "There are no webhooks.\n"
    with receiving(lambda message, number: 200 if number else 503) as there:
        added = json.loads(told(run("webhook", "add", there.url, "--kind", "call.ended", "--json")))
        id = added["id"]
        failed = run("webhook", "test", id)
        assert (failed.returncode, failed.stderr) == (1, f"telegraphone: {there.url}: 503 answer 0\n")
        assert told(run("webhook", "test", id)) == f"{there.url}: 200 answer 1\n"
        assert [message.headers["webhook-signature"][:3] for message in there.messages] == ["v1,", "v1,"]
    [listed] = json.loads(told(run("webhook", "list", "--json")))
    assert (listed["waiting"], listed["kinds"]) == (1, ["call.ended"])
    assert added["secret"] not in told(run("webhook", "list"))
    lines = told(run("webhook", "deliveries", id)).splitlines()
    assert [line.split()[3:5] for line in lines] == [["state", "tries"], ["webhook.test", "done"], ["webhook.test", "waiting"]]
    told(run("webhook", "remove", id))
    assert run("webhook", "deliveries", id).returncode == 1
    assert run("webhook", "add", "ftp://a/").stderr.startswith("telegraphone: url: must be http")
    assert run("webhook", "add", "http://a/", "--kind", "call.sleeps").returncode == 2
