"""Webhooks over the API: who may, what is refused, and that a secret is shown once."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from telegraphone.sql.server.changes import KINDS
from tests.jobs.test_follow import wait
from tests.receiver import receiving

WEBHOOKS = "/api/v1/webhooks"


def test_from_setting_up_to_removing(client: TestClient) -> None:
    assert client.get(WEBHOOKS).json() == []
    with receiving(lambda message, number: 500) as there:
        added = client.post(WEBHOOKS, json={"url": there.url, "kinds": ["recording.available", "call.ended"]})
        assert added.status_code == 201
        id = added.json()["id"]
        assert added.json()["secret"].startswith("whsec_")
        test = client.post(f"{WEBHOOKS}/{id}/test")
        assert (test.status_code, test.json()["state"], test.json()["body"]["type"]) == (201, "waiting", "webhook.test")

        wait(lambda: client.get(f"{WEBHOOKS}/{id}/deliveries").json()["items"][0]["attempts"] == 1)
    [listed] = client.get(WEBHOOKS).json()
    assert listed == {
        "id": id, "url": there.url, "kinds": ["call.ended", "recording.available"], "created_at": "2016-04-01T12:00:00Z", "is_on": True,
        "reason": "", "waiting": 1, "failed": 0,
    }  # fmt: skip
    [told] = client.get(f"{WEBHOOKS}/{id}/deliveries").json()["items"]
    assert (told["status"], told["answer"], told["message"]) == (500, "answer 0", there.ids[0])
    assert told["next_at"] > told["tried_at"]
    assert added.json()["secret"] not in client.get(WEBHOOKS).text + client.get(f"{WEBHOOKS}/{id}/deliveries").text
    assert client.delete(f"{WEBHOOKS}/{id}").status_code == 204
    assert client.delete(f"{WEBHOOKS}/{id}").status_code == 404
    assert client.get(WEBHOOKS).json() == []


def test_without_kinds_it_is_told_everything(client: TestClient) -> None:
    assert client.post(WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()["kinds"] == list(KINDS)


def test_pages_of_deliveries(client: TestClient) -> None:
    id = client.post(WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()["id"]
    assert client.get(f"{WEBHOOKS}/{id}/deliveries").json() == {"items": [], "next": None}
    made = [client.post(f"{WEBHOOKS}/{id}/test").json()["id"] for _ in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{WEBHOOKS}/{id}/deliveries?limit=2{cursor and '&cursor=' + cursor}").json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"), ({"url": ""}, "url"), ({"url": "ftp://a/"}, "url"), ({"url": "http://u:p@a/"}, "url"), ({"url": "http://a\n"}, "url"),
        ({"url": "http://a/", "kinds": []}, "kinds"), ({"url": "http://a/", "kinds": ["call.sleeps"]}, "kinds[0]"),
        ({"url": "http://a/", "secret": "x"}, "secret"), ({"url": "http://" + "a" * 3000}, "url"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant(client: TestClient, body: dict[str, object], field: str) -> None:
    answer = client.post(WEBHOOKS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_only_who_administers(client: TestClient, new_token: Callable[..., str]) -> None:
    id = client.post(WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()["id"]
    requests = [
        ("GET", ""), ("POST", ""), ("DELETE", f"/{id}"), ("GET", f"/{id}/deliveries"), ("POST", f"/{id}/test"),
    ]  # fmt: skip
    token = new_token("read", "listen", "attach", "ingest")
    for method, path in requests:
        body = {"url": "http://a/"} if (method, path) == ("POST", "") else None
        assert client.request(method, WEBHOOKS + path, json=body, headers={"X-Auth-Token": ""}).status_code == 401
        assert client.request(method, WEBHOOKS + path, json=body, headers={"X-Auth-Token": token}).status_code == 403


@pytest.mark.parametrize("id", ["0", "999", "x", "-1", "9" * 30])
def test_there_is_no_such_webhook(client: TestClient, id: str) -> None:
    for method, path in (("DELETE", f"/{id}"), ("GET", f"/{id}/deliveries"), ("POST", f"/{id}/test")):
        assert client.request(method, WEBHOOKS + path).status_code == 404
