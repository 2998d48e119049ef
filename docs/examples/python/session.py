#!/usr/bin/env python3
"""One media session, event by event, on a clock and a transport of the program. Prints what is sent; sends nothing."""

import json
from typing import Optional

import mediabeat


# [transport]
class Printed:
    """Answers every request at once, as a backend of the Media Collection API does."""

    def send(self, request: mediabeat.Request) -> Optional[mediabeat.Response]:
        print(request.path, json.loads(request.body)["eventType"])
        if request.path.endswith("/events"):
            return mediabeat.Response(204)
        return mediabeat.Response(201, location="/api/v1/sessions/17")


clock = mediabeat.VirtualClock(1_700_000_000)
client = mediabeat.Client(clock=clock, transport=Printed())
# [/transport]

# [session]
session = client.create_media_session(
    {
        "eventType": "media.sessionStart",
        "mediaCollection": {
            "sessionDetails": {
                "name": "m1",
                "friendlyName": "Metropolis",
                "length": 60,
                "contentType": "vod",
                "streamType": "video",
            }
        },
    },
    player_details=lambda: clock.now - 1_700_000_000,
    session_id=lambda id: print("the backend calls it", id),
)
session.send({"eventType": "media.play"})
# [/session]

# [tick]
end = clock.now + 25
while client.next_deadline is not None and client.next_deadline < end:
    clock.now = client.next_deadline
    client.tick()
clock.now = end
# [/tick]

# [invalid]
try:
    session.send({"eventType": "media.play", "mediaCollection": {"playhead": "ten"}})
except mediabeat.EventError as error:
    print(error)
# [/invalid]

session.send({"eventType": "media.sessionEnd"})
client.close()
