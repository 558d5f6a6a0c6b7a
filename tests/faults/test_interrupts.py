"""Ctrl-C at every point of a block where Python lets one strike: the run ends, nothing waits.

A signal is handled by the interpreter only as a function begins, after a call of C, and as a loop
goes round. The program strikes at each of these points, one block after another, so that what a
real interrupt meets once in a million blocks is met for certain.
"""

from __future__ import annotations

from pathlib import Path

from programs import answered, program

from nbmlops.workspace import Workspace

EVERY_POINT = """
import dis, faulthandler
faulthandler.dump_traceback_later(300, exit=True)  # where it waits, if it does
LOOKS = {at for name, at in dis.opmap.items() if name.startswith(("CALL", "JUMP_BACKWARD", "RESUME"))}
tables = {}

def handler(code, at):
    # Where an exception goes that is raised by the instruction at `at`.
    if code not in tables:
        tables[code] = dis._parse_exception_table(code)
    return [entry.target for entry in tables[code] if entry.start <= at < entry.end][-1:]

def struck_at(point, work):
    # What comes of `work` with an interrupt at its point of this number, and how many it has.
    seen, last, outcome = 0, (None, 0), "whole"

    def trace(frame, event, _):
        nonlocal seen, last
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            (frame_before, at), code = last, frame.f_code
            last = frame, frame.f_lasti
            # An exception of the instruction before would be raised there, not here: the same to
            # the program where both have the same handler.
            if frame_before is frame and code.co_code[at] in LOOKS:
                if handler(code, at) == handler(code, frame.f_lasti):
                    seen += 1
                    if seen == point:
                        sys.settrace(None)
                        signal.raise_signal(signal.SIGINT)
        return trace

    try:
        sys.settrace(trace)
        work()
    except KeyboardInterrupt:
        outcome = "struck"
    finally:
        sys.settrace(None)
    return outcome, seen
"""


def test_an_interrupt_at_any_point_of_a_block_ends_its_run_and_keeps_no_lock(
    workspace: Workspace, tmp_path: Path
) -> None:
    points, outcomes, left_open, parents = answered(
        program(
            """
            from nbmlops.capture import resources
            resources.LOCK_SECONDS = 400  # a lock that nobody lets go of is waited for to the end

            def block(name):
                with nbmlops.track(name) as run:
                    nbmlops.log(loss=0.5)
                return run.id

            for _ in range(5):
                block("warm")
            points = struck_at(-1, lambda: block("struck"))[1]
            outcomes, left_open, after = {}, [], []
            for point in range(1, points):
                outcome, _ = struck_at(point, lambda: block("struck"))
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                after.append(block("after"))
            nbmlops.flush()
            found = nbmlops.find_runs(limit=10_000)
            left_open = [run.id for run in found if str(run.status) == "running"]
            parents = [run.parent_id for run in found if run.parent_id]
            print(json.dumps([points, outcomes, left_open, parents]))
            """,
            tmp_path,
            before=EVERY_POINT,
        )
    )
    statuses = {str(run.status) for run in workspace.runs.find(experiment="struck", limit=10_000)}

    assert points > 500
    assert outcomes == {"struck": points - 1}
    assert (left_open, parents) == ([], [])
    assert statuses == {"cancelled", "succeeded"}
    assert workspace.runs.find(experiment="after").total == points - 1
