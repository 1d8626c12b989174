"""Server-sent events by sse-starlette, on a port.

    python sse-starlette.py 8080
"""

import asyncio
import json
import sys

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def ready(request):
    return PlainTextResponse("ready")


async def prices(request):
    """Four prices. A connection breaks off after two of them; the next one goes on behind the id that it is told."""
    start = int(request.headers.get("last-event-id", "0"))

    async def events():
        for number in range(start + 1, 5):
            if number == start + 3:
                raise ConnectionResetError("on purpose")
            price = {"symbol": "multi\nline ä", "cents": number}
            # Lines of JSON, so that the data has several.
            data = json.dumps(price, indent=2, ensure_ascii=False)
            yield {"id": str(number), "event": "price", "retry": 50, "data": data}
            await asyncio.sleep(0.05)

    return EventSourceResponse(events(), ping=1)


async def log(request):
    async def events():
        yield {"data": "one\ntwo"}
        yield {"comment": "nothing yet"}
        # Longer than it takes until the server pings.
        await asyncio.sleep(1.5)
        yield {"data": " indented"}
        yield {"data": "three"}

    return EventSourceResponse(events(), ping=1, sep="\n")


app = Starlette(
    routes=[
        Route("/", ready),
        Route("/feeds/prices", prices),
        Route("/feeds/log", log),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
