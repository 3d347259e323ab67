"""Spreading work over processes: parsing holds the interpreter's lock, so threads would not help."""

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, TypeVar

_PARALLEL_BYTES = 3_000_000  # below this, starting processes costs more than it saves
_MOST_WORKERS = 4
_AHEAD = 3  # batches that wait for each worker

Given = TypeVar("Given")
Batch = TypeVar("Batch")
Result = TypeVar("Result")


def spread(
    work: Callable[[Given, Batch], Result], given: Given, batches: Sequence[Batch], size: int
) -> Generator[Result, None, None]:
    """What each batch gives, in order; in several processes where it is much.

    Whoever stops asking closes it (`contextlib.closing`): that ends the processes.

    Args:
        work: a function of a module, of what is given to all batches and of one batch.
        given: sent to each process once.
        batches: what to do.
        size: how much work it is, in bytes to read.
    """
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    if workers < 2 or size < _PARALLEL_BYTES:
        return (work(given, batch) for batch in batches)
    return _in_workers(workers, work, given, batches)


_given_here: Any = None


def _begin_worker(given: object) -> None:
    global _given_here  # noqa: PLW0603 - a worker has nothing else to keep it in
    _given_here = given
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker that waits for work does not notice that whoever gives it has been killed."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(work: Callable[[Any, Any], Any], batch: object) -> Any:
    return work(_given_here, batch)


def _in_workers(
    workers: int, work: Callable[[Given, Batch], Result], given: Given, batches: Sequence[Batch]
) -> Generator[Result, None, None]:
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin_worker, initargs=(given,)
    )
    try:
        left = iter(batches)
        # Few at a time: what is read and waits is held in memory.
        ahead = [(batch, _submitted(pool, work, batch)) for batch in islice(left, workers * _AHEAD)]
        while ahead:
            batch, future = ahead.pop(0)
            try:
                result = future.result() if future else work(given, batch)
            except BrokenProcessPool:
                result = work(given, batch)
            ahead += [(more, _submitted(pool, work, more)) for more in islice(left, 1)]
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(
    pool: ProcessPoolExecutor, work: Callable[[Given, Batch], Result], batch: Batch
) -> Future[Result] | None:
    """The batch as it is being worked at; None where the workers are gone, killed for memory perhaps."""
    try:
        with _interrupts_later():
            return pool.submit(_work, work, batch)
    except BrokenProcessPool:
        return None


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold an interrupt back for a moment, and from all processes that start in it for good.

    Submitting starts the workers. An interrupt is the first process's business: where a terminal sends it to
    all, a worker that is only just starting would die of it with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it starts with the first worker, and lets interrupts through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
