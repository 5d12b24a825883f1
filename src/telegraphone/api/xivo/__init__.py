"""What the XiVO recording server answers, so that its clients work unchanged. Served bare and under `/recording`."""

from typing import Annotated, Literal

from msgspec import Meta

from ...web.endpoint import Dialect, Endpoint
from ...web.fields import FileIdText, UniqueIdText
from ...web.parse import MIB
from ...web.sound import RecordingBody, audio_endpoints
from .call_data import AttachedAnswer, Pairs, attach_by_id, attach_by_unique_id
from .history import AgentWanted, HistoryLineBody, HistoryQuery, InterfaceWanted, list_agent_history, list_interface_history
from .last_agent import LastAgent, LastAgentQuery, get_last_agent
from .records import CallIdQuery, PageQuery, Records, SearchBody, get_audio, get_audio_by_action, search_call_id, search_records

Action = Literal["result", "listen", "download"]
CallNumberText = Annotated[str, Meta(pattern="^[0-9]{1,18}$|^[ -.0-~]*[.][ -.0-~]*$", examples=["761054", "1471858488.233"])]

DIALECT = Dialect(
    "xivo",
    ("", "/recording"),
    (
        Endpoint(
            method="GET", path="/last_agent", function=get_last_agent, right="read", query=LastAgentQuery, answer=LastAgent, also=(404,),
        ),
        Endpoint(
            method="POST", path="/records/search", function=search_records, right="read",
            query=PageQuery, body=SearchBody, body_is_optional=True, answer=Records,
        ),
        Endpoint(method="POST", path="/records/callid_search", function=search_call_id, right="read", query=CallIdQuery, answer=Records),
        *audio_endpoints("/records/{file_id}/audio", get_audio),
        *audio_endpoints("/records/records/{file_id}/audio", get_audio),
        *audio_endpoints("/records/{file_id}/audio/{action}", get_audio_by_action, RecordingBody),
        Endpoint(
            method="POST", path="/call_data/{call_data_id}/attached_data", function=attach_by_id, right="attach",
            body=Pairs, body_limit=8 * MIB, answer=AttachedAnswer, status=201, also=(404, 409),
        ),
        Endpoint(
            method="POST", path="/call_data/{call_id}/attached_data_by_uniqueId", function=attach_by_unique_id, right="attach",
            body=Pairs, body_limit=8 * MIB, answer=AttachedAnswer, status=201, also=(404, 409),
        ),
        Endpoint(
            method="POST", path="/history", function=list_interface_history, right="read",
            query=HistoryQuery, body=InterfaceWanted, answer=list[HistoryLineBody],
        ),
        Endpoint(
            method="POST", path="/history/agent", function=list_agent_history, right="read",
            query=HistoryQuery, body=AgentWanted, answer=list[HistoryLineBody],
        ),
    ),
    path_types={"file_id": FileIdText, "action": Action, "call_data_id": CallNumberText, "call_id": UniqueIdText},
    ignores_unknown=True,
)  # fmt: skip
