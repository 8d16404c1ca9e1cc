// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver

/// What the `namespaces` backend decides before anything starts; a launch writes just these files.
package struct NamespacesPlanner: BackendPlanner {
    private let state: String
    private let faults: Set<Fault>

    /// - Parameters:
    ///   - state: The directory of all bottles, `<state>/claude-bottle`.
    ///   - faults: What is broken on purpose.
    package init(state: String, faults: Set<Fault> = []) {
        self.state = state
        self.faults = faults
    }

    package var hello: Hello {
        Hello(
            name: "namespaces", version: NamespacesDriver.version, kind: .namespaces,
            capabilities: ["bundle-exec", "network-open", "logs", "tty"], artefacts: ContractArtefacts.kinds,
            tools: NamespacesDriver.helpers,
            maxParallel: 8)
    }

    package func report(_ request: LaunchRequest) throws(BottleError) -> PlanReport {
        try contract(request, state: state, emptyMeansEverybody: faults.contains(.emptyopen)).adding([])
    }
}
