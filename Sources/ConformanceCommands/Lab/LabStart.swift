// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleLab
import ConformanceEngine

/// Brings a lab up, unless a signal comes first.
enum LabStart {
    private static let glance = Duration.milliseconds(50)

    /// A machine with this tool in it.
    ///
    /// - Parameters:
    ///   - preparation: What has to have been run in it.
    ///   - hasTerminal: Whether its serial line is connected.
    /// - Throws: What the lab throws; `.cancelled` when a signal came, and nothing of the lab is left then.
    static func machine(
        of lab: Lab, preparation: Lab.Preparation? = nil, hasTerminal: Bool = false, _ interruption: Interruption
    ) async throws -> LabMachine {
        try await withThrowingTaskGroup(of: LabMachine?.self) { group in
            group.addTask {
                let held = try await lab.take { Console.note($0) }
                return try await lab.startWithTool(held, preparation: preparation, hasTerminal: hasTerminal) {
                    Console.note($0)
                }
            }
            group.addTask {
                while interruption.signal == nil { try await Task.sleep(for: glance) }
                return nil
            }
            defer { group.cancelAll() }
            if let machine = try await group.next() ?? nil { return machine }
            group.cancelAll()
            // It may have come up at the last moment.
            if let machine = try? await group.next() ?? nil { await machine.stop() }
            throw BottleError(.cancelled, "A signal came before the lab was up.")
        }
    }
}
