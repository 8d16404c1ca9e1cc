// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver

/// A driver that says "ok" to everything and does nothing: every operation succeeds, with empty output.
package struct NullDriver: Driver {
    package init() {}

    package func hello() async throws -> Hello {
        Hello(
            name: "null", version: "0", kind: .namespaces,
            capabilities: ["bundle-exec", "network-open", "logs", "stop-start", "tty"], maxParallel: 8)
    }

    package func status() async throws -> Status { Status(unmet: []) }

    package func plan(_ request: LaunchRequest) async throws -> PlanReport {
        // Always the same one, whatever the slug is: also an address is something that somebody decided.
        let plan = BottlePlan(
            slug: request.slug, agentName: request.agentName, addresses: AddressPlan(slug: "null"),
            guestEnvironment: [:], prompt: "", allowlist: [], routes: [], daemons: [])
        var report = PlanReport(plan: plan, paths: BottlePaths.Bottle(directory: "/"), manifestDirectory: "/")
        report.allowCIDRs = []
        return report
    }

    package func launch(_ request: LaunchRequest) async throws -> BottleID { BottleID(request.slug) }

    package func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        ExecResult(ending: .exited(0), stdout: [], stderr: [])
    }

    package func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {}

    package func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] { [] }

    package func describe(_ bottle: BottleID) async throws -> BottleDescription {
        BottleDescription(
            bundleAddress: "", ports: [:], guestUser: "", guestHome: "", promptPath: "", effectiveAllow: [],
            effectiveResolvers: [], bundleListeners: [], runningDaemons: [], environment: [:])
    }

    package func logs(_ bottle: BottleID) async throws -> [LogRecord] { [] }

    package func stop(_ bottle: BottleID) async throws {}

    package func start(_ bottle: BottleID) async throws {}

    package func destroy(_ bottle: BottleID) async throws {}

    package func sweep() async throws -> [String] { [] }
}
