"""A POST repeated with the same `Idempotency-Key` happens once and is answered alike."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from payments.errors import error

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """A route that remembers what it answered to each key; what failed may be tried again."""

    def get_route_handler(self) -> Handler:
        """Wrap the route's own handler."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get("Idempotency-Key")
            if key is None or request.method != "POST":
                return await handle(request)
            answers = request.app.state.answers
            body = await request.body()
            place = (request.url.path, key)
            if place in answers:
                first_body, response = answers[place]
                if first_body != body:
                    raise error("idempotency_key_reused")
                return response
            response = await handle(request)
            answers[place] = (body, response)
            return response

        return once
