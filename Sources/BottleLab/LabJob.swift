// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program in the lab whose output is handed on while it runs.
package struct LabJob: Sendable {
    /// How it ended.
    package enum Ending: Sendable, Hashable {
        /// With an exit code, or 128 and the signal that ended it.
        case ended(Int32)
        /// It was killed: it still ran when its time was up, or long after a signal.
        case killed
    }

    /// A file of the lab that is followed.
    package struct Followed: Sendable {
        package var path: String
        /// Gets what is new.
        package var sink: @Sendable ([UInt8]) throws -> Void

        package init(path: String, sink: @escaping @Sendable ([UInt8]) throws -> Void) {
            self.path = path
            self.sink = sink
        }
    }

    /// The program by its absolute path, and its arguments.
    package var argv: [String]
    package var variables: [String: String]
    /// A directory of the lab that exists, which is where it runs.
    package var directory: String
    package var stdout: @Sendable ([UInt8]) throws -> Void
    package var stderr: @Sendable ([UInt8]) throws -> Void
    /// Other files that the program writes, as they grow.
    package var files: [Followed]

    package init(
        _ argv: [String], variables: [String: String], directory: String,
        stdout: @escaping @Sendable ([UInt8]) throws -> Void, stderr: @escaping @Sendable ([UInt8]) throws -> Void,
        files: [Followed] = []
    ) {
        self.argv = argv
        self.variables = variables
        self.directory = directory
        self.stdout = stdout
        self.stderr = stderr
        self.files = files
    }

    /// How often it is looked for something new: each time costs the lab some tens of milliseconds of a processor that it
    /// lacks.
    private static let pause = Duration.milliseconds(500)
    /// How long a program may take to end itself after a signal; emulation is slow.
    private static let farewell = Duration.seconds(90)

    /// Runs the program in a lab.
    ///
    /// - Parameters:
    ///   - signal: A signal that is to be passed on; asked again and again, and passed on once.
    ///   - end: When it is killed.
    /// - Throws: `.transport` or `.timeout` when the lab does not answer any more; what a sink throws.
    package func run(
        in machine: LabMachine, signal: @Sendable () -> Int32?, until end: ContinuousClock.Instant
    ) async throws -> Ending {
        let agent = machine.agent
        let script = "umask 022; cd \"$0\" && exec \"$@\" </dev/null >stdout 2>stderr"
        // Progress first: at the end it all comes at once, and the results come after it.
        let followed =
            [
                Followed(path: "\(directory)/stderr", sink: stderr),
                Followed(path: "\(directory)/stdout", sink: stdout),
            ] + files
        // So that each can be opened from the start on: the shell only empties what is there.
        let made = try await agent.run(["/usr/bin/touch"] + followed.map(\.path), until: .now + GuestAgent.patience)
        guard made.status == 0 else {
            throw BottleError(
                .launch,
                "The lab cannot write to \(directory): \(Quoted(String(decoding: made.stderr, as: UTF8.self))).")
        }
        var open: [(file: GuestFile, sink: @Sendable ([UInt8]) throws -> Void)] = []
        for file in followed { open.append((try await GuestFile(file.path, of: agent), file.sink)) }
        func drain() async throws {
            for (file, sink) in open { try await file.rest(sink) }
        }
        let pid = try await agent.start(["/bin/sh", "-c", script, directory] + argv, variables: variables)
        var end = end
        var isWarned = false
        while true {
            // Asked before what is read: what was written before the end is then all there.
            let status = try await agent.status(of: pid)
            try await drain()
            if let status { return .ended(status) }
            if !isWarned, let number = signal() {
                isWarned = true
                try await agent.signal(pid, number)
                end = min(end, .now + Self.farewell)
            }
            guard ContinuousClock.now < end else {
                try await agent.signal(pid, SIGKILL)
                try await drain()
                return .killed
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
