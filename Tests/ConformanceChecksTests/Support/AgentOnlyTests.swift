// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

/// A row that could not be tried as the guest's root says so, and why.
@Suite struct AgentOnlyTests {
    private func evidence(_ capabilities: Set<String>, declined: [String: String]) -> Evidence {
        let hello = Hello(
            name: "fake", version: "1", kind: .namespaces, capabilities: capabilities, declined: declined,
            maxParallel: 1)
        return Evidence(hello: hello, hosts: [], sessions: [:])
    }

    @Test func aDeclinedRootIsSaidWithItsReason() {
        let text = evidence([], declined: ["guest-root": "one id only"]).onlyAsAgent
        #expect(text.contains("agent user only") && text.contains("one id only"))
    }

    @Test func nothingIsSaidWhereRootWasTried() {
        #expect(evidence(["guest-root"], declined: [:]).onlyAsAgent.isEmpty)
    }
}
