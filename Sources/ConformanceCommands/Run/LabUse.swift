// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BottleCore
import BottleLab
import BottleSystem
import ConformanceEngine
import FoundationEssentials

/// `--lab`: whether a run goes on in a lab.
enum LabUse: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    /// Whether this run goes on in a lab, said on stderr where nobody asked for it.
    ///
    /// Only microVMs need what most machines do not have; rows about plans need nothing at all.
    ///
    /// - Throws: `.usage` for a lab in a lab.
    func isLab(_ backend: BuiltIn, _ selection: Selection) async throws(BottleError) -> Bool {
        try await isLab(backend, boots: selection.checks.contains { $0.requirement.scope != .plan })
    }

    /// The same for anything else.
    ///
    /// - Parameter boots: Whether it boots guests.
    func isLab(_ backend: BuiltIn, boots: Bool) async throws(BottleError) -> Bool {
        let isInside = try Lab.Record.inside(ProcessInfo.processInfo.environment) != nil
        switch self {
        case .never: return false
        case .always:
            guard !isInside else {
                throw BottleError(.usage, "--lab always: this is a lab already; leave it out.")
            }
            return true
        case .auto:
            guard backend == .smolmachines, boots, !isInside,
                case .unusable(let reason) = await Hypervisor.look()
            else { return false }
            Console.note("this machine \(reason): the run goes on in the lab (--lab never tries it here all the same)")
            return true
        }
    }
}
