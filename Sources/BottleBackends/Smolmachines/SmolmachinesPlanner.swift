// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver

/// What the `smolmachines` backend decides before anything starts.
package struct SmolmachinesPlanner: BackendPlanner {
    private let state: String

    /// - Parameter state: The directory of all bottles, `<state>/claude-bottle`.
    package init(state: String) { self.state = state }

    package var hello: Hello {
        Hello(name: "smolmachines", version: "1", kind: .microvm, capabilities: [], maxParallel: 4)
    }

    package func report(_ request: LaunchRequest) throws(BottleError) -> PlanReport {
        try contract(request, state: state)
    }
}
