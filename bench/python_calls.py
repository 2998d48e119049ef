"""Prints what calls between Python and mediabeat cost, beside the least that they can cost, in one run.

usage: PYTHONPATH=<build>/python:<build>/bench python_calls.py [--runs N] [--calls N]

Aims: a method of a generated type with a number at most 2.5 times a hand-written one; the package's own methods at most
one empty method of Python more; a callback at most 1.5 times a bare one. Each line is one measure: nanoseconds, the
best of the runs, less the best of an empty loop: what else the machine does makes such short calls only longer. There
are many short runs, so that some are over before something else gets the processor.
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import Any, Callable, Dict, List

import mediabeat
import python_floor
import python_swig


class Empty(python_floor.Object):  # type: ignore[misc]
    """An empty method of Python around the hand-written one."""

    def wrapped(self, value: float) -> None:
        """Calls it."""
        self.empty(value)

    def nothing(self) -> None:
        """Does nothing."""


class Silent:
    """A transport that takes every request and never answers."""

    capacity = 1

    def send(self, request: mediabeat.Request) -> None:
        """Takes it."""


def seconds_of(function: Callable[..., Any], arguments: tuple, calls: int) -> float:  # type: ignore[type-arg]
    """Seconds for so many calls."""
    loop = itertools.repeat(None, calls)
    if arguments:
        (argument,) = arguments
        began = time.perf_counter()
        for _ in loop:
            function(argument)
        return time.perf_counter() - began
    began = time.perf_counter()
    for _ in loop:
        function()
    return time.perf_counter() - began


def empty_loop(calls: int) -> float:
    """Seconds of the loop alone."""
    began = time.perf_counter()
    for _ in itertools.repeat(None, calls):
        pass
    return time.perf_counter() - began


class Measures:
    """What was measured, by name: ns a call."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.loops: List[float] = []
        self.looped: Dict[str, List[float]] = {}
        self.whole: Dict[str, List[float]] = {}

    def call(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a function many times."""
        self.loops.append(empty_loop(self.calls) / self.calls * 1e9)
        self.looped.setdefault(name, []).append(seconds_of(function, arguments, self.calls) / self.calls * 1e9)

    def many(self, name: str, function: Callable[..., Any], callback: Callable[[], Any]) -> None:
        """A function that itself calls the callback many times."""
        began = time.perf_counter()
        function(callback, self.calls)
        self.whole.setdefault(name, []).append((time.perf_counter() - began) / self.calls * 1e9)

    def best(self, name: str) -> float:
        """The shortest of the runs."""
        if name in self.whole:
            return min(self.whole[name])
        return min(self.looped[name]) - min(self.loops)


def playing(clock: Any) -> "tuple[mediabeat.Client, mediabeat.Tracker]":
    """A tracker whose content plays, with a request that is never answered."""
    client = mediabeat.Client(endpoint="http://127.0.0.1:9", clock=clock, transport=Silent(), log=False)
    tracker = client.tracker("tv")
    tracker.session_start(id="a", name="A", length=60)
    tracker.play()
    return client, tracker


def generated(client: mediabeat.Client) -> mediabeat._native.Tracker:
    """A tracker of the generated type, without the package's class around it."""
    tracker = mediabeat._native.Tracker(client, None, None)
    tracker._session_start("b", "B", 60, "vod", "video", False, False, 0, None)
    return tracker


def idle() -> mediabeat.Client:
    """A client with nothing to do."""
    return mediabeat.Client(endpoint="http://127.0.0.1:9", transport=False, log=False)


def measure(measures: Measures, runs: int) -> None:
    """Everything in turn, so that a machine that drifts drifts for all."""
    floor, swig = Empty(), python_swig.swig_object()
    tracked, tracker = playing(None)
    native = generated(tracked)
    _, virtual = playing(mediabeat.VirtualClock(1000))
    client = idle()
    position = 12.5
    callbacks: Dict[str, Callable[[], Any]] = {
        "float": lambda: position,
        "tuple": lambda: (position, None),
        "dict": lambda: {"playhead": position},
        "dict with QoE": lambda: {
            "playhead": position,
            "qoe": {"bitrate": position, "startup_time": position, "fps": position, "dropped_frames": position},
        },
    }
    for _ in range(runs):
        measures.call("hand-written", floor.empty, 12.5)
        measures.call("hand-written number", floor.number, 12.5)
        measures.call("empty SWIG", swig.number, 12.5)
        measures.call("update_playhead, generated type", native.update_playhead, 12.5)
        measures.call("update_playhead", tracker.update_playhead, 12.5)
        measures.call("update_playhead, virtual clock", virtual.update_playhead, 12.5)
        measures.call("play", tracker.play)
        measures.call("tick", client.tick)
        measures.call("empty Python", floor.nothing)
        measures.call("wrapped", floor.wrapped, 12.5)
        for kind, callback in callbacks.items():
            measures.many(f"bare callback {kind}", python_floor.call, callback)
            measures.many(f"callback {kind}", python_floor.ask, callback)


AIMS = {
    "update_playhead, generated type": ("hand-written number", 2.5),
    "update_playhead": ("hand-written number", 2.5),
    "update_playhead, virtual clock": ("hand-written number", 2.5),
    "callback float": ("bare callback float", 1.5),
    "callback tuple": ("bare callback tuple", 1.5),
    "callback dict": ("bare callback dict", 1.5),
    "callback dict with QoE": ("bare callback dict with QoE", 1.5),
}


def report(measures: Measures) -> None:
    """Tab-separated: figure, measured, aim, and what it was measured beside."""
    for name in [*measures.looped, *measures.whole]:
        limit, aim = AIMS.get(name, ("hand-written", None))
        ratio = measures.best(name) / measures.best(limit)
        beside = "" if name == limit else f"x {ratio:.2f} of {limit} ({measures.best(limit):.1f} ns)"
        if name == "update_playhead":
            more = measures.best(name) - measures.best("update_playhead, generated type")
            beside += f"; {more:+.1f} ns to the generated type's (aim: an empty Python)"
        print(f"{name}\t{measures.best(name):.1f} ns\t{f'<= {aim} x' if aim else ''}\t{beside}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--calls", type=int, default=5_000)
    options = parser.parse_args()
    measures = Measures(options.calls)
    measure(measures, options.runs)
    report(measures)


if __name__ == "__main__":
    main()
