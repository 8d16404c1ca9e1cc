// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleLab
import BottleSystem
import FoundationEssentials

/// Whether this machine runs microVMs, and what there is to do where it does not.
enum HypervisorStatus {
    /// Runs the smallest guest; changes nothing.
    static func check() async -> Status {
        let environment = ProcessInfo.processInfo.environment
        var facts: [String: String] = [:]
        if let inside = try? Lab.Record.inside(environment) { facts["lab"] = inside.key }
        switch await Hypervisor.look() {
        case .usable: facts["hypervisor"] = "runs guests"
        case .untried: facts["hypervisor"] = "not tried on this kind of machine"
        case .unusable(let reason):
            facts["hypervisor"] = "none"
            var remedy = "`bottle-conformance run --backend smolmachines` goes on in the lab then, which emulates one"
            do throws(BottleError) {
                try Lab(environment: environment).requireTools()
                remedy += "; all that it needs is here."
            } catch {
                remedy += ". \(error.message)"
            }
            return Status(
                unmet: [.init(id: "hypervisor", message: "This machine \(reason).", remedy: remedy)], facts: facts)
        }
        return Status(unmet: [], facts: facts)
    }
}
