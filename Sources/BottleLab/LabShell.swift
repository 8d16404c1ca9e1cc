// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// An interactive shell on the serial line of a lab.
package struct LabShell: Sendable {
    private static let device = "/dev/ttyS0"

    private let machine: LabMachine
    private let pid: Int

    /// Starts the shell, as root.
    ///
    /// - Parameters:
    ///   - machine: One with its terminal.
    ///   - kind: The value of TERM.
    /// - Throws: `.launch` when the lab refuses.
    package init(
        in machine: LabMachine, kind: String, rows: UInt16, columns: UInt16
    ) async throws {
        self.machine = machine
        let variables = try machine.variables.merging(["TERM": kind]) { $1 }
        // The kernel's own words are for whoever looks for what broke.
        let quiet = try await machine.agent.run(
            ["/bin/sh", "-c", "dmesg -n 1; stty -F \(Self.device) sane"], until: .now + GuestAgent.patience)
        guard quiet.status == 0 else {
            throw BottleError(
                .launch,
                "The lab has no terminal: \(Quoted(String(decoding: quiet.stderr, as: UTF8.self), limit: 200)).")
        }
        try await Self.resize(machine, rows: rows, columns: columns)
        // A session of its own, with the line as its terminal: job control and ^C are the shell's.
        let script = "umask 022; cd; exec setsid -c -w /bin/bash -l <>\(Self.device) >&0 2>&0"
        pid = try await machine.agent.start(["/bin/sh", "-c", script], variables: variables)
    }

    /// The exit code of the shell; nil while it runs.
    package func status() async throws -> Int32? { try await machine.agent.status(of: pid) }

    /// Tells the shell how large the user's terminal is.
    package func resize(rows: UInt16, columns: UInt16) async throws {
        try await Self.resize(machine, rows: rows, columns: columns)
    }

    private static func resize(_ machine: LabMachine, rows: UInt16, columns: UInt16) async throws {
        _ = try await machine.agent.run(
            ["/usr/bin/stty", "-F", device, "rows", "\(rows)", "cols", "\(columns)"],
            until: .now + GuestAgent.patience)
    }
}
