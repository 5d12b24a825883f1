"""Our own dialect, which has everything."""

from ...sql.server.webhooks import Webhook
from ...web.endpoint import Dialect, Endpoint
from ...web.fields import AttachedKey, CallNumber, FileIdText, SearchName
from ...web.parse import MIB
from ...web.people import AccountName
from ...web.sound import RecordingBody, audio_endpoints
from . import call_bodies, calls, calls_csv, coverage, directory, docs, notes, overview, recordings, reviews, suggestions
from .pbx import events, sources, unreadable
from .people import access_log, accounts, keys, openid, searches, session
from .server import changes, health, webhooks

DIALECT = Dialect(
    "v1",
    ("/api/v1",),
    (
        Endpoint(
            method="GET", path="/calls", function=calls.list_calls_page, right="read",
            query=calls.CallsQuery, together={"value": "key"}, answer=calls.CallsPage,
        ),
        Endpoint(method="GET", path="/calls/{id}", function=calls.get_one_call, right="read", answer=call_bodies.CallBody, also=(404,)),
        Endpoint(
            method="PUT", path="/calls/{id}/attached_data/{key:path}", function=calls.put_attached_value,
            body=calls.AttachedValueBody, body_limit=8 * MIB, answer=calls.AttachedBody,
            right="attach", also=(404, 409),
        ),
        Endpoint(
            method="DELETE", path="/calls/{id}/attached_data/{key:path}", function=calls.remove_attached_value, status=204,
            right="attach", also=(404, 409),
        ),
        *calls_csv.ENDPOINTS,
        *overview.ENDPOINTS,
        *notes.ENDPOINTS,
        *reviews.ENDPOINTS,
        *searches.ENDPOINTS,
        *suggestions.ENDPOINTS,
        *sources.ENDPOINTS,
        *unreadable.ENDPOINTS,
        Endpoint(
            method="GET", path="/recordings/{file_id}", function=recordings.get_metadata, right_inside="read",
            answer=RecordingBody, also=(404,),
        ),
        *audio_endpoints("/recordings/{file_id}/audio", recordings.get_audio),
        Endpoint(
            method="PUT", path="/recordings/{file_id}/audio", function=recordings.put_audio, right="ingest", query=recordings.UploadQuery,
            streams=("application/octet-stream",), answer=recordings.Uploaded, status=201, also=(200, 404, 409),
        ),
        Endpoint(
            method="GET", path="/recordings/{file_id}/peaks", function=recordings.get_peaks, right_inside="listen",
            answer=recordings.PeaksBody, also=(404,),
        ),
        Endpoint(
            method="POST", path="/events", function=events.add_events, right="ingest", query=events.EventsQuery,
            streams=("application/jsonl", "text/plain"), body_is_optional=True, answer=events.EventsAdded,
        ),
        Endpoint(
            method="GET", path="/coverage", function=coverage.get_coverage, right="read", query=coverage.CoverageQuery,
            answer=coverage.CoverageBody,
        ),
        Endpoint(
            method="GET", path="/coverage/missing", function=coverage.list_missing, right="read", query=coverage.MissingQuery,
            answer=coverage.MissingPage,
        ),
        Endpoint(
            method="GET", path="/changes", function=changes.stream_changes, right="read", query=changes.ChangesQuery,
            answers=("text/event-stream",), also=(503,),
        ),
        *directory.endpoints_of("agents", directory.get_agents, directory.put_agents, directory.AgentEntry),
        *directory.endpoints_of("queues", directory.get_queues, directory.put_queues, directory.QueueEntry),
        *directory.endpoints_of("users", directory.get_users, directory.put_users, directory.UserEntry),
        Endpoint(
            method="POST", path="/session", function=session.sign_in, needs_token=False, body=session.SignIn, answer=session.SessionBody,
            also=(401, 403, 429),
        ),
        Endpoint(method="GET", path="/session", function=session.get_session, answer=session.SessionBody),
        Endpoint(method="DELETE", path="/session", function=session.sign_out, status=204),
        Endpoint(
            method="PUT", path="/session/password", function=session.put_own_password, body=session.NewPassword, status=204, also=(429,),
        ),
        Endpoint(method="PUT", path="/session/language", function=session.put_own_language, body=session.OwnLanguage, status=204),
        *openid.ENDPOINTS,
        Endpoint(method="GET", path="/users", function=accounts.get_accounts, right="admin", answer=accounts.Accounts),
        Endpoint(
            method="POST", path="/users", function=accounts.add_one_account, right="admin", body=accounts.NewAccount,
            answer=accounts.AccountBody, status=201, also=(409,),
        ),
        Endpoint(
            method="GET", path="/users/{name}", function=accounts.get_one_account, right="admin", answer=accounts.AccountBody, also=(404,),
        ),
        Endpoint(
            method="PUT", path="/users/{name}", function=accounts.put_one_account, right="admin", body=accounts.AccountChange,
            answer=accounts.AccountBody, also=(404, 409),
        ),
        Endpoint(
            method="DELETE", path="/users/{name}", function=accounts.remove_one_account, right="admin", status=204, also=(404, 409),
        ),
        Endpoint(method="GET", path="/keys", function=keys.get_keys, right="admin", answer=keys.KeysBody),
        Endpoint(
            method="POST", path="/keys", function=keys.add_one_key, right="admin", body=keys.KeyWanted, answer=keys.NewKeyBody, status=201,
            also=(409,),
        ),
        Endpoint(method="DELETE", path="/keys/{id}", function=keys.revoke_one_key, right="admin", status=204, also=(404,)),
        Endpoint(
            method="GET", path="/access_log", function=access_log.get_access_log, right="admin", query=access_log.AccessPageQuery,
            answers=("text/csv",), answer=access_log.AccessPage,
        ),
        Endpoint(
            method="GET", path="/access_log.csv", function=access_log.export_access_log, right="admin", query=access_log.AccessQuery,
            answers=("text/csv",),
        ),
        Endpoint(method="GET", path="/webhooks", function=webhooks.list_all, right="admin", answer=list[Webhook]),
        Endpoint(
            method="POST", path="/webhooks", function=webhooks.add_one, right="admin", body=webhooks.WebhookBody,
            answer=webhooks.NewWebhook, status=201, also=(409,),
        ),
        Endpoint(method="DELETE", path="/webhooks/{webhook}", function=webhooks.remove_one, right="admin", status=204, also=(404,)),
        Endpoint(
            method="GET", path="/webhooks/{webhook}/deliveries", function=webhooks.list_sent, right="admin", query=webhooks.DeliveriesQuery,
            answer=webhooks.DeliveriesPage, also=(404,),
        ),
        Endpoint(
            method="POST", path="/webhooks/{webhook}/test", function=webhooks.send_test, right="admin", answer=webhooks.DeliveryBody,
            status=201, also=(404,),
        ),
        Endpoint(method="GET", path="/healthz", function=health.get_health, needs_token=False, answer=health.Health),
        Endpoint(method="GET", path="/readyz", function=health.get_readiness, needs_token=False, answer=health.Readiness, also=(503,)),
        Endpoint(method="GET", path="/metrics", function=health.get_metrics, answers=("text/plain",)),
    ),
    path_types={
        "id": CallNumber, "note": CallNumber, "file_id": FileIdText, "key": AttachedKey, "search": SearchName,
        "name": AccountName, "line": CallNumber, "webhook": CallNumber,
    },
)  # fmt: skip

DOCS = Dialect(
    "docs",
    ("/api",),
    (
        Endpoint(method="GET", path="/openapi.json", function=docs.get_document, needs_token=False, answer=dict),
        Endpoint(method="GET", path="/docs", function=docs.get_page, needs_token=False, answers=("text/html",)),
    ),
)
