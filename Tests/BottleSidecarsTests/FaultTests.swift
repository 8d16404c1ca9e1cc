// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(2))) struct FaultTests {
    /// The statuses of GET and CONNECT for an allowed, a denied and an internal host, and for a literal.
    private static func statuses(_ world: TestWorld) async throws -> [Int] {
        var statuses: [Int] = []
        for host in ["allowed.test", "denied.test", "mixed.test", "127.0.0.1"] {
            statuses.append(try await world.get(host).status)
            statuses.append(try await world.connect(host).status)
        }
        return statuses
    }

    @Test(
        arguments: [
            (nil, [200, 200, 403, 403, 403, 403, 403, 403]),
            (.denyall, [403, 403, 403, 403, 403, 403, 403, 403]),
            (.nossrf, [200, 200, 403, 403, 200, 200, 200, 200]),
            (.httponly, [200, 200, 403, 200, 403, 200, 403, 200]),
            (.connectonly, [200, 200, 200, 403, 200, 403, 200, 403]),
            (.emptyopen, [200, 200, 403, 403, 403, 403, 403, 403]),
            (.noinject, [200, 200, 403, 403, 403, 403, 403, 403]),
            (.tcpsink, [0, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(Fault?, [Int])])
    func eachFaultHasItsEffectAndOnlyThat(fault: Fault?, expected: [Int]) async throws {
        try await TestWorld.run {
            $0.faults = Set([fault].compactMap { $0 })
        } _: { world async throws in
            if fault == .tcpsink {
                #expect(try await world.send("") == "")
                return
            }
            #expect(try await Self.statuses(world) == expected)
            if let fault {
                let detail = "deliberately broken: \(fault.rawValue)"
                #expect(world.log.records.contains { $0["event"] == "fault" && $0["detail"] == detail })
            }
        }
    }

    @Test func emptyopenOpensAnEmptyAllowlistOnly() async throws {
        try await TestWorld.run {
            $0.faults = [.emptyopen]
            $0.allowlist = []
        } _: { world async throws in
            #expect(try await Self.statuses(world) == [200, 200, 200, 200, 403, 403, 403, 403])
        }
    }

    @Test func noinjectStripsButDoesNotInject() async throws {
        try await TestWorld.run {
            $0.faults = [.noinject]
        } _: { world async throws in
            #expect(try await world.get("routed.test", fields: EgressTests.placeholder).status == 200)
            let head = try #require(world.origin.requests.first).head.lowercased()
            #expect(!head.contains("authorization") && !head.contains("token"))
        }
    }

    @Test func nossrfReachesEgressThroughTheProxy() async throws {
        for (faults, status) in [(Set<Fault>(), 403), ([Fault.nossrf], 404)] {
            try await TestWorld.run {
                $0.faults = faults
            } _: { world async throws in
                for host in ["127.0.0.1", "2130706433", "0x7f.1"] {
                    #expect(try await world.get(host, path: "/x", port: world.egress).status == status)
                }
            }
        }
    }

    @Test func openLetsEverythingThrough() async throws {
        try await TestWorld.run {
            $0.mode = "balanced"
            $0.internalRanges = []
            $0.isOpen = true
        } _: { world async throws in
            #expect(try await Self.statuses(world) == [200, 200, 200, 200, 200, 200, 200, 200])
            #expect(try await world.get("127.0.0.1", path: "/x", port: world.egress).contains("X-Egress-Service"))
        }
    }
}
