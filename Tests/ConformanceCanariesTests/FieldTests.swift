// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Synchronization
import Testing

@testable import ConformanceCanaries

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.timeLimit(.minutes(1))) struct FieldTests {
    @Test func sessionHasACanaryAtEveryPlace() async throws {
        try await withField { field, session in
            let places: [Place] = [
                .machineLoopback, .machineLoopbackV6, .hostLoopback, .hostLoopbackOther, .hostLoopbackV6, .gateway,
                .hostInterface, .hostInterfaceV6, .hostResolver, .offHost, .offHostV6, .nameServer,
            ]
            for place in places where session.unhosted[place.name] == nil {
                #expect(!session.canaries(at: place).isEmpty, "\(place)")
            }
            #expect(Set(session.unhosted.keys).isSubset(of: ["machine-loopback-v6", "host-vsock"]))
            #expect(Set(session.canaries.map(\.id)).count == session.canaries.count)
            #expect((20_000...29_999).contains(session.port))
            let address = field.geography.hostLoopback
            #expect(session.canaries.map(\.id).contains("bottle/host-loopback/udp/\(address)/\(session.port)"))
            #expect(session.canaries(at: .nameServer).allSatisfy { $0.id.hasPrefix("shared/name-server/") })
            #expect(session.banner.wholeMatch(of: /run-[a-z]{40}/) != nil)
            #expect(session.allowedHost == "allowed.bottle.bottle.test")
            #expect(field.resolver == field.geography.nameServer)
        }
    }

    @Test func sessionsAreApartButShareTheNameServers() async throws {
        try await withField { field, bottle in
            let twin = try await field.open(session: .twin, slug: "twin")
            let variant = try await field.open(session: .variant, slug: "variant")
            #expect(Set([bottle.port, twin.port, variant.port]).count == 3)
            #expect(Set([bottle.banner, twin.banner, variant.banner]).count == 1)
            #expect(bottle.canaries(at: .nameServer) == twin.canaries(at: .nameServer))
            let ids = { (session: SessionField) in Set(session.canaries.map(\.id)) }
            #expect(ids(bottle).intersection(ids(twin)).allSatisfy { $0.hasPrefix("shared/") })
            for session in [bottle, twin, variant] {
                #expect(await field.control(session, moment: .after).filter { !$0.answered } == [])
            }
            await #expect(throws: BottleError.self) { _ = try await field.open(session: .twin, slug: "again") }
        }
    }

    @Test func worldWithoutIPv6SaysSo() async throws {
        var geography = FieldGeography.loopback()
        geography.hostLoopbackV6 = "::1"
        geography.offHostV6 = [.bottle: "2001:db8:77::10"]
        try await withField(geography, host: OrdinaryHost(hasIPv6: false)) { _, session in
            #expect(session.unhosted["host-loopback-v6"]?.contains("no IPv6 here") == true)
            #expect(session.unhosted["off-host-v6"] != nil)
            #expect(session.canaries(at: .hostLoopbackV6).isEmpty)
            #expect(!session.canaries(at: .hostLoopback).isEmpty)
        }
    }

    @Test func addressThatIsMissingIsUnhosted() async throws {
        var geography = FieldGeography.loopback()
        geography.hostInterfaces = ["203.0.113.77"]
        geography.hostInterfaceV6 = "nonsense"
        try await withField(geography) { _, session in
            #expect(session.unhosted["host-interface"]?.contains("203.0.113.77") == true)
            #expect(session.unhosted["host-interface-v6"]?.contains("nonsense") == true)
        }
    }

    @Test func gatewayOpensBeforeItsAddressExists() async throws {
        var geography = FieldGeography.loopback()
        geography.gateway = { _ in "203.0.113.78" }
        let host = OrdinaryHost()
        host.unreachable.withLock { _ = $0.insert("203.0.113.78") }
        try await withField(geography, host: host) { field, session in
            #expect(session.unhosted["gateway"] == nil)
            #expect(session.canaries(at: .gateway).count == 2)
            // Its fence is the emptied queue alone: nothing is sent to an address that is gone.
            #expect(await field.fence(session) == [])
        }
    }

    @Test func takenPortIsDrawnAgain() async throws {
        var geography = FieldGeography.loopback()
        geography.portRange = 29_000...29_001
        let taken = try SocketCalls.open(.ipv4, stream: false)
        defer { SocketCalls.close(taken) }
        let address = try #require(SocketAddress(geography.hostLoopbackOther, port: 29_000))
        try SocketCalls.listen(taken, at: address, stream: false, freebind: false)
        try await withField(geography) { field, session in
            #expect(session.port == 29_001)
            #expect(await field.control(session, moment: .before).allSatisfy(\.answered))
        }
    }

    @Test func controlAnswersEverywhereAndQuickly() async throws {
        try await withField { field, session in
            var fastest = Duration.seconds(60)
            var controls: [ControlRecord] = []
            // The best of a few: other tests and other people's builds share the processor.
            for _ in 0..<5 {
                let began = ContinuousClock.now
                controls = await field.control(session, moment: .before)
                fastest = min(fastest, ContinuousClock.now - began)
            }
            #expect(controls.map(\.canary) == session.canaries.map(\.id))
            for control in controls {
                #expect(control.answered, "\(control.canary): \(control.detail)")
                #expect(control.routeIsOurs && control.moment == .before && control.detail.isEmpty)
            }
            #expect(Set(controls.map(\.nonce)).count == controls.count)
            #expect(fastest < .milliseconds(500))
            #expect(await field.witness() == [], "controls are no witness")
        }
    }

    @Test func controlTellsWhatIsWrong() async throws {
        let host = OrdinaryHost()
        try await withField(host: host) { field, session in
            let canary = try session.canary(.offHost, .http)
            host.unreachable.withLock { _ = $0.insert(canary.address) }
            var broken = session
            var dead = canary
            dead.id = "dead"
            dead.port = 19_999
            var foreign = try session.canary(.machineLoopback, .echo)
            foreign.id = "nonsense"
            foreign.address = "not-an-address"
            broken.canaries = [canary, dead, foreign]
            let controls = await field.control(broken, moment: .after)
            #expect(controls.map(\.answered) == [true, false, false])
            #expect(controls.map(\.routeIsOurs) == [false, false, false])
            #expect(controls[0].detail.contains("no route"))
            #expect(controls[1].detail.contains("onnection refused"))
            #expect(controls[2].detail.contains("no IP literal"))
        }
    }

    @Test func controlDoesNotTakeAStrangersAnswer() async throws {
        try await withField { field, session in
            var other = session
            other.banner = "run-of-somebody-else"
            other.canaries = session.canaries.filter { !$0.service.rawValue.hasPrefix("dns") }
            #expect(await field.control(other, moment: .before).allSatisfy { !$0.answered && !$0.detail.isEmpty })
        }
    }

    @Test func fenceClosesTheWindow() async throws {
        try await withField { field, session in
            let nonces = session.canaries.map { _ in Nonce.fresh() }
            for (canary, nonce) in zip(session.canaries, nonces) {
                try await TestClient.use(canary) { client in
                    if canary.service == .dnsTCP {
                        try client.send(DNSQuery.tcpBytes(name: nonce.text, type: 1, id: 1))
                    } else if canary.service == .dnsUDP {
                        try client.send(DNSQuery.bytes(name: nonce.text, type: 1, id: 1))
                    } else {
                        try client.send(nonce.text)
                    }
                }
            }
            #expect(await field.fence(session) == [])
            let seen = await field.witness()
            #expect(Set(seen.flatMap(\.nonces)) == Set(nonces.map(\.text)))
            #expect(Set(seen.map(\.canary)) == Set(session.canaries.map(\.id)))
        }
    }

    @Test func fenceRecordsAClientThatIsStillSilent() async throws {
        try await withField { field, session in
            let canary = try session.canary(.hostInterface, .banner)
            let nonce = Nonce.fresh()
            try await TestClient.use(canary) { client in
                #expect(await field.fence(session) == [])
                #expect(await field.witness().map(\.peer) == [client.local])
                try client.send(nonce.text)
                _ = try await client.read()
            }
            let record = try await eventually(field) { !$0.nonces.isEmpty }
            #expect(record?.nonces == [nonce.text])
            #expect(await field.witness().count == 1, "the late bytes belong to the same record")
        }
    }

    @Test func closedFieldFencesNothingAndOpensNothing() async throws {
        let field = try await NamespacesField.start(over: OrdinaryHost(), geography: .loopback())
        let session = try await field.open(session: .bottle, slug: "x")
        await field.close()
        await field.close()
        #expect(await field.fence(session) == session.canaries.map(\.id))
        #expect(await field.control(session, moment: .after).allSatisfy { !$0.answered })
        await #expect(throws: BottleError.self) { try await field.open(session: .twin, slug: "y") }
    }

    @Test func hostsAreTheMachineAndTheWorld() async throws {
        try await withField { field, _ in
            #expect(field.hosts.map(\.name) == ["machine", "world"])
            let machine = try #require(field.hosts.first)
            #expect(machine.bootID.count == 36)
            #expect(machine.namespaces.keys.sorted() == ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"])
            #expect(machine.namespaces.values.allSatisfy { UInt64($0) != nil })
            #expect(field.hosts.last?.namespaces == ["net": "42", "mnt": "7"])
        }
    }

    /// In a process of its own, since other tests open descriptors as well.
    @Test func closeLeavesNoDescriptorOpen() async {
        await #expect(processExitsWith: .success) {
            // The first round opens what libdispatch keeps for good.
            _ = try await descriptorsAroundAField()
            let round = try await descriptorsAroundAField()
            guard round.during > round.before.count + 30 else { exit(2) }
            guard round.after == round.before else { exit(3) }
        }
    }
}

/// Opens a field, talks to it, and closes it while a client is still connected.
private func descriptorsAroundAField() async throws -> (before: [Int32], during: Int, after: [Int32]) {
    let before = openDescriptors()
    let field = try await NamespacesField.start(over: OrdinaryHost(), geography: .loopback())
    let session = try await field.open(session: .bottle, slug: "x")
    let during = try await TestClient.use(try session.canary(.hostLoopback, .banner)) { _ in
        _ = await field.control(session, moment: .before)
        guard await field.fence(session).isEmpty else { return 0 }
        let during = openDescriptors().count
        await field.close()
        return during
    }
    return (before, during, openDescriptors())
}

/// What this process has open, by number.
private func openDescriptors() -> [Int32] { (0..<4096).filter { fcntl($0, F_GETFD) >= 0 } }
