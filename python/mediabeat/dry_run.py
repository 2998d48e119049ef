"""The backend inside a dry run: it takes every request at once, unless the log's `backend` lines say otherwise."""

from __future__ import annotations

import bisect
import dataclasses
import json
import re
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from .player_log import Line
from .transport import Request, Response

__all__ = ["DryRun", "PlannedRequest"]


class PlannedRequest(NamedTuple):
    """A request that a dry run would have sent."""

    at: int
    """The clock when it was made, ms since 1970."""
    player: str
    """Whose it is; "" for a player without a name."""
    session: int
    """The how many-eth session of that player, from 1."""
    method: str
    """"POST"."""
    path: str
    """What follows the endpoint, with its query."""
    body: bytes
    """The JSON that would be sent."""

    def line(self) -> bytes:
        """The line, without its end, that `mediabeat replay --dry-run` prints for this request."""
        player, path = _quoted(self.player), _quoted(self.path)
        whose = f'"at": {self.at}, "player": {player}, "session": {self.session}'
        head = f'{{{whose}, "method": "{self.method}", "path": {path}, "body": '
        return head.encode() + self.body + b"}"


_ESCAPED = {**{code: f"\\u{code:04x}" for code in range(0x20)}, ord('"'): '\\"', ord("\\"): "\\\\"}


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPED)}"'


# ---- What is said to a request, on either protocol

_TITLES: Dict[int, str] = {
    207: "Invalid request",
    400: "Bad Request",
    404: "Not Found",
    410: "Gone",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _problem(status: int) -> Dict[str, object]:
    said = 400 if status == 207 else status  # the problem inside a 207 says 400
    return {
        "type": f"https://ns.adobe.com/aep/errors/va-edge-{said:04}-{said:03}",
        "status": said,
        "title": _TITLES.get(status, "Error"),
        "detail": "a backend line says so",
    }


def _edge_body(path: str, status: int, session_id: Optional[str]) -> bytes:
    if status // 100 != 2:
        return json.dumps(_problem(status)).encode()
    if status == 204:
        return b""
    found = re.search(r'requestId=([^&"\\]*)', path)
    answer: Dict[str, object] = {"requestId": found.group(1) if found else "", "handle": []}
    if session_id is not None:
        payload = [{"sessionId": session_id}]
        answer["handle"] = [{"type": "media-analytics:new-session", "payload": payload, "eventIndex": 0}]
    if status == 207:
        answer["errors"] = [_problem(status)]
    return json.dumps(answer).encode()


class _Asked(NamedTuple):
    """What a request is, by its path."""

    edge: bool
    opens: bool  # a session
    delivers: bool  # a whole session, downloaded

    @property
    def success(self) -> int:
        if not self.opens and not self.delivers:
            return 204
        return 200 if self.edge else 201

    def brings_id(self, status: int) -> bool:
        if self.edge:  # 207 is the answer to a session that is invalid, and 204 has no body
            return (self.opens or self.delivers) and status // 100 == 2 and status not in (207, 204)
        return self.opens and status // 100 == 2


def _asked(path: str) -> _Asked:
    path = path.partition("?")[0]
    edge = "/va/v1/" in path
    ends = ("/va/v1/sessionStart", "/va/v1/downloaded") if edge else ("/sessions", "/downloaded")
    return _Asked(edge, path.endswith(ends[0]), path.endswith(ends[1]))


# ---- The transport


@dataclasses.dataclass
class _Manner:
    """How requests are answered."""

    status: Optional[int] = None  # None: as the protocol's success
    delay: int = 0  # ms
    down: bool = False  # no answer comes
    session_id: Optional[str] = None  # None: "1", "2", ...


def _number(line: Line, name: str, least: float, most: float) -> Optional[int]:
    """Another number is as good as none."""
    value = line.members.get(name)
    return int(value) if value is not None and least <= value <= most else None


class DryRun:
    """A transport that shows each request to `show` and answers it itself, on the clock that `now_ms` reads."""

    capacity = 1_000_000  # so that a log with many players is never held up

    def __init__(self, show: Callable[[PlannedRequest], object], now_ms: Callable[[], int]) -> None:
        self._show = show
        self._now_ms = now_ms
        self._usual = _Manner()
        self._passing = _Manner()  # of a line with `times`
        self._passing_left = 0
        self._sessions = 0  # ids given
        self._held: List[Tuple[int, int, Request, Response]] = []  # answers that have not come yet, by time and age
        self._count = 0
        self._ended = False

    def backend(self, line: Line) -> None:
        """Answers from now on as a `backend` line says."""
        times = _number(line, "times", 0, 1e12)
        manner = dataclasses.replace(self._usual)
        status, delay = _number(line, "status", 100, 599), _number(line, "delay", 0, 1e12)
        manner.status = manner.status if status is None else status
        manner.delay = manner.delay if delay is None else delay
        named = line.members.get("sessionId")
        manner.session_id = manner.session_id if named is None else named
        if line.members.get("network"):
            manner.down = line.members["network"] == "down"
        if times is None:
            self._usual = manner
        else:
            self._passing = manner
        self._passing_left = times or 0

    def end(self) -> None:
        """The log is over: answers that are outstanding come now, and later ones at once."""
        self._ended = True
        self.poll()

    def _next_manner(self) -> _Manner:
        if not self._passing_left:
            return self._usual
        self._passing_left -= 1
        return self._passing

    def _session_id(self, manner: _Manner) -> str:
        if manner.session_id is not None:
            return manner.session_id
        self._sessions += 1
        return str(self._sessions)

    def _answer(self, path: str, manner: _Manner) -> Response:
        if manner.down:
            return Response(status=0, error="the network is down (by a backend line)", not_sent=True)
        asked = _asked(path)
        status = asked.success if manner.status is None else manner.status
        session_id = self._session_id(manner) if asked.brings_id(status) else None
        if asked.edge:
            return Response(status=status, body=_edge_body(path, status, session_id))
        location = None if session_id is None else f"/api/v1/sessions/{session_id}"
        return Response(status=status, location=location)

    def send(self, request: Request) -> Optional[Response]:
        """Takes a request, and answers it unless the backend lets it wait."""
        now, path = self._now_ms(), request.path
        manner = self._next_manner()
        answer = self._answer(path, manner)
        self._show(PlannedRequest(now, request.player, request.session, request.method, path, request.body))
        if self._ended or not manner.delay:
            return answer
        self._count += 1
        bisect.insort(self._held, (now + manner.delay, self._count, request, answer))
        return None

    def cancel(self, request: Request) -> None:
        """Forgets a request."""
        self._held = [held for held in self._held if held[2] is not request]

    def poll(self) -> None:
        """Gives the answers that are due. One may lead to the next request, so it is one at a time."""
        while self._held and (self._ended or self._held[0][0] <= self._now_ms()):
            _, _, request, answer = self._held.pop(0)
            request.complete(answer)

    def next_deadline(self) -> Optional[float]:
        """When the next answer is due, in seconds on the clock."""
        return self._held[0][0] / 1000 if self._held else None
