// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Runs probes in forked children, many at once, each under a watchdog, and prints their lines as they end.
struct Supervisor {
    private struct Child {
        let request: Request
        let process: Int32
        let pipe: Int32
        let started: UInt64
        var watchdog: Deadline
        var output: Bytes
    }

    private enum Start {
        case running
        /// No process or descriptor was left.
        case refused
    }

    private let requests: [Request]
    private let parallel: Int
    private var running: [Child] = []
    /// Killed children that were not gone yet when last looked at.
    private var dying: [Int32] = []
    private var outputIsOpen = true

    /// A supervisor of these probes, at most `parallel` at once.
    init(_ requests: [Request], parallel: Int) {
        self.requests = requests
        self.parallel = parallel
        running.reserveCapacity(parallel)
    }

    /// Runs all; false when standard output went away, which ends every child.
    mutating func run() -> Bool {
        var next = 0
        while outputIsOpen, next < requests.count || !running.isEmpty {
            while outputIsOpen, next < requests.count, hasRoom(for: requests[next]) {
                if case .running = start(requests[next]) {
                    next += 1
                } else if running.isEmpty {
                    runHere(requests[next])
                    next += 1
                } else {
                    break
                }
            }
            collect()
        }
        for child in running { kill(child) }
        running = []
        reap(until: Deadline(after: 500_000))
        return outputIsOpen
    }

    /// What takes more than its share of the processor waits for its turn: begun all at once, none of it would be in time.
    private func hasRoom(for request: Request) -> Bool {
        running.isEmpty || running.reduce(request.slots) { $0 + $1.request.slots } <= parallel
    }

    private mutating func start(_ request: Request) -> Start {
        var readEnd: Int32 = -1
        var writeEnd: Int32 = -1
        guard probe_pipe(&readEnd, &writeEnd) == 0 else { return .refused }
        let started = probe_microseconds()
        let process = probe_fork()
        if process == 0 {
            probe_enter_child(probe_process())
            _ = probe_close(readEnd)
            let outcome = request.perform(limit: nil)
            let line = outcome.line(request, microseconds: probe_microseconds() - started)
            probe_exit(Descriptor.write(line, to: writeEnd) ? 0 : 1)
        }
        _ = probe_close(writeEnd)
        guard process > 0 else {
            _ = probe_close(readEnd)
            return .refused
        }
        running.append(
            Child(
                request: request, process: process, pipe: readEnd, started: started,
                watchdog: Deadline(after: request.watchdog), output: []))
        return .running
    }

    /// Without any child to wait for, the probe runs in this process; only its own budget bounds it then.
    private mutating func runHere(_ request: Request) {
        let started = probe_microseconds()
        let outcome = request.perform(limit: request.watchdog)
        emit(outcome.line(request, microseconds: probe_microseconds() - started))
    }

    private mutating func collect() {
        guard !running.isEmpty else { return }
        var waiters = running.map { probe_waiter(descriptor: $0.pipe, for_write: 0, ready: 0) }
        let patience = running.reduce(Int32.max) { min($0, $1.watchdog.milliseconds) }
        _ = probe_poll(&waiters, Int32(waiters.count), patience)
        var still: [Child] = []
        still.reserveCapacity(parallel)
        for (index, child) in running.enumerated() {
            var child = child
            // Printing an earlier line of this round may have blocked for long: what poll said of this one is old then.
            let late = child.watchdog.isOver
            let ready =
                waiters[index].ready != 0 || late && Descriptor.wait(child.pipe, forWrite: false, milliseconds: 0)
            if ready, Self.drain(&child) {
                finish(child)
            } else if child.watchdog.isOver {
                kill(child)
                var outcome = Outcome(.socket, errno: probe_error_timed_out)
                outcome.killed = true
                report(outcome, child)
            } else {
                still.append(child)
            }
        }
        running = still
        reapDying()
    }

    /// Reads all there is; true at the end of the pipe. A child that began to write was done in time and gets a new
    /// deadline for the rest: with a slow reader, it is this parent that was late.
    private static func drain(_ child: inout Child) -> Bool {
        if child.output.isEmpty { child.watchdog = Deadline(after: 10_000_000) }
        repeat {
            if Descriptor.read(child.pipe, into: &child.output) <= 0 { return true }
        } while Descriptor.wait(child.pipe, forWrite: false, milliseconds: 0)
        return child.output.last == 0x0a
    }

    /// The pipe or the line has ended, so the child is past its last instruction and waiting for it cannot block for long.
    private mutating func finish(_ child: Child) {
        var signal: Int32 = 0
        var code: Int32 = 0
        _ = probe_close(child.pipe)
        _ = probe_wait(child.process, 1, &signal, &code)
        if child.output.last == 0x0a {
            emit(child.output)
            return
        }
        var outcome = Outcome(.socket)
        outcome.killed = true
        if signal != 0 {
            outcome.note("signal", Bytes(decimal: UInt64(signal)))
        } else {
            outcome.note("exit", Bytes(decimal: UInt64(code)))
        }
        report(outcome, child)
    }

    private mutating func kill(_ child: Child) {
        probe_kill(child.process)
        _ = probe_close(child.pipe)
        dying.append(child.process)
    }

    private mutating func reapDying() {
        dying.removeAll { process in
            var signal: Int32 = 0
            var code: Int32 = 0
            return probe_wait(process, 0, &signal, &code) == 1
        }
    }

    /// A process in an uninterruptible wait outlives its kill; it is left to the init of the guest after the deadline.
    private mutating func reap(until deadline: Deadline) {
        reapDying()
        var nothing = probe_waiter()
        while !dying.isEmpty, !deadline.isOver {
            _ = probe_poll(&nothing, 0, 2)
            reapDying()
        }
    }

    private mutating func report(_ outcome: Outcome, _ child: Child) {
        emit(outcome.line(child.request, microseconds: probe_microseconds() - child.started))
    }

    private mutating func emit(_ line: Bytes) {
        if outputIsOpen { outputIsOpen = Descriptor.write(line, to: 1) }
    }
}
