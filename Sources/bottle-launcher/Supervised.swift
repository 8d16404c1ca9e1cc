// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Runs one program in a container for a caller outside, who sees only this process's standard output.
///
/// What the program writes and how it ends travels there in frames, so that its exit code cannot be taken for one of
/// the engine's, a signal not for an exit code, and a connection that broke not for an end. At its deadline the program
/// is killed here, where its session is seen, and not only its client outside.
struct Supervised {
    /// What a frame holds: a byte, the length of the rest as four bytes, little-endian, and the rest.
    private enum Kind: UInt8 {
        case output = 1
        case error, exited, signalled, timedOut, failed
    }

    /// - Parameter arguments: The deadline in milliseconds, then the program and its arguments.
    static func run(_ arguments: [[UInt8]], allowsVsock: Bool = false) -> Never {
        guard arguments.count >= 2, let milliseconds = Files.numbers(arguments[0]).first, milliseconds > 0 else {
            _ = Files.write(2, Array("usage: run MILLISECONDS PROGRAM [ARGUMENT]...\n".utf8))
            launcher_exit(64)
        }
        let deadline = launcher_milliseconds() + Int64(clamping: milliseconds)
        let signals = launcher_child_signals()
        do throws(Failure) {
            // Here and not in the program only, whose fellows of its user may look into this process.
            if !allowsVsock { try Seccomp.refuseVsock() }
            let (output, outputEnd) = try pipe()
            let (error, errorEnd) = try pipe()
            let (report, reportEnd) = try pipe()
            let process = try check(launcher_fork(), "io", "start a process")
            if process == 0 { become(Array(arguments.dropFirst()), outputEnd, errorEnd, reportEnd) }
            for end in [outputEnd, errorEnd, reportEnd] { launcher_close(end) }
            // Closed by the program's start, else it holds why there was none.
            if let reason = failure(report) {
                send(.failed, reason)
                launcher_exit(0)
            }
            for stream in [output, error] { launcher_make_nonblocking(stream) }
            follow(process, output, error, signals, deadline)
        } catch {
            send(.failed, Array(error.text.utf8))
        }
        launcher_exit(0)
    }

    /// The same on a terminal, whose output needs no frames: the exit code is the program's, 128 and its number for a
    /// signal, 137 when the deadline has passed.
    static func runOnTerminal(_ arguments: [[UInt8]], allowsVsock: Bool = false) -> Never {
        guard arguments.count >= 2, let milliseconds = Files.numbers(arguments[0]).first, milliseconds > 0 else {
            launcher_exit(64)
        }
        let deadline = launcher_milliseconds() + Int64(clamping: milliseconds)
        do throws(Failure) {
            if !allowsVsock { try Seccomp.refuseVsock() }
        } catch {
            _ = Files.write(2, Array((error.text + "\n").utf8))
            launcher_exit(127)
        }
        let signals = launcher_child_signals()
        let process = launcher_fork()
        if process == 0 {
            launcher_default_signals()
            let failure = Program(inheriting: Array(arguments.dropFirst())).execute()
            _ = Files.write(2, Array((failure.text + "\n").utf8))
            launcher_exit(127)
        }
        var kind: Int32 = 0
        var code: Int32 = 0
        while process > 0 {
            if launcher_wait_child(process, 0, &kind, &code) != 0 { launcher_exit(kind == 1 ? 128 + code : code) }
            let left = deadline - launcher_milliseconds()
            guard left > 0 else { break }
            _ = launcher_wait_readable(signals, Int32(clamping: left))
            launcher_drain_signals(signals)
        }
        // The program shares this process's session, to which the terminal belongs.
        Processes.killOthers(inSessionOf: launcher_getpid())
        launcher_exit(137)
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var read: Int32 = -1
        var write: Int32 = -1
        try check(launcher_pipe(&read, &write), "io", "make a pipe")
        return (read, write)
    }

    private static func failure(_ report: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = launcher_read(report, &buffer, buffer.count)
        launcher_close(report)
        return count > 0 ? Array(buffer[0..<count]) : nil
    }

    private static func become(_ program: [[UInt8]], _ output: Int32, _ error: Int32, _ report: Int32) -> Never {
        launcher_default_signals()
        _ = launcher_setsid()
        _ = launcher_duplicate_onto(output, 1, 0)
        _ = launcher_duplicate_onto(error, 2, 0)
        _ = Files.write(report, Array(Program(inheriting: program).execute().text.utf8))
        launcher_exit(127)
    }

    private static func follow(
        _ process: Int32, _ output: Int32, _ error: Int32, _ signals: Int32, _ deadline: Int64
    ) {
        var output = output
        var error = error
        var kind: Int32 = 0
        var code: Int32 = 0
        while true {
            let left = deadline - launcher_milliseconds()
            guard left > 0 else {
                Processes.killSession(of: process)
                _ = launcher_wait_child(process, 1, &kind, &code)
                relay(&output, .output)
                relay(&error, .error)
                return send(.timedOut, [])
            }
            _ = launcher_wait_three(output, error, signals, Int32(clamping: left))
            launcher_drain_signals(signals)
            relay(&output, .output)
            relay(&error, .error)
            guard launcher_wait_child(process, 0, &kind, &code) != 0 else { continue }
            // What it wrote last may have come between the two looks; whoever it left behind is not waited for.
            relay(&output, .output)
            relay(&error, .error)
            return send(kind == 1 ? .signalled : .exited, [UInt8(truncatingIfNeeded: code)])
        }
    }

    /// Passes on what is there now.
    private static func relay(_ stream: inout Int32, _ kind: Kind) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        // Bounded, so that a program that never pauses does not hold up its own deadline.
        for _ in 0..<64 where stream >= 0 {
            let count = launcher_read(stream, &buffer, buffer.count)
            if count > 0 {
                send(kind, Array(buffer[0..<count]))
            } else {
                if count == 0 {
                    launcher_close(stream)
                    stream = -1
                }
                return
            }
        }
    }

    private static func send(_ kind: Kind, _ bytes: [UInt8]) {
        let frame = [kind.rawValue] + LauncherFrame.bytes(of: UInt32(truncatingIfNeeded: bytes.count)) + bytes
        // Nobody reads any more: the program has nobody to run for.
        if Files.write(1, frame) < 0 { launcher_exit(1) }
    }
}
