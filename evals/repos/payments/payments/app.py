"""Puts the application together."""

from fastapi import FastAPI

from core.clock import Clock, SystemClock
from payments.api import router
from payments.storage import Store


def create_app(store: Store | None = None, clock: Clock | None = None) -> FastAPI:
    """Return the application, with a store and a clock of its own unless it is given them."""
    app = FastAPI(title="payments", version="2.3.0")
    app.state.store = store or Store()
    app.state.clock = clock or SystemClock()
    app.state.answers = {}
    app.include_router(router)
    return app
