// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import Foundation
import Testing

/// Whom a guest of the namespaces backend trusts, and what its bundle opens TLS with.
@Suite(.serialized, .timeLimit(.minutes(2))) struct NamespacesTrustTests {
    private func host(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func store(_ fixture: DriverFixture, in bottle: BottleID) async throws -> [UInt8] {
        try await fixture.driver.copyOut(path: Contract.caBundlePath, from: .guest, in: bottle)
    }

    /// What pipelock says of itself.
    private func health(_ fixture: DriverFixture, of bottle: BottleID) async throws -> String {
        let bundle = AddressPlan(slug: bottle.slug).bundle
        let script =
            "exec 3<>/dev/tcp/\(bundle)/8888; "
            + #"printf 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3; cat <&3"#
        let result = try await fixture.driver.exec(ExecRequest(["/bin/bash", "-c", script]), in: bottle)
        return String(decoding: result.stdout, as: UTF8.self)
    }

    @Test func aGuestTrustsWhomItMeetsAndHoldsNoKey() async throws {
        let machine = (try? host(Contract.caBundlePath)) ?? []
        try await DriverFixture.run { fixture in
            var earlier: Set<[UInt8]> = []
            // The same name twice: nothing of the first launch is used again.
            for _ in 0..<2 {
                let id = try await fixture.driver.launch(fixture.request("dev"))
                let directory = "\(fixture.stateRoot)/dev"
                let own = try host("\(directory)/egress/ca.pem")
                let trusted = try await store(fixture, in: id)
                #expect(trusted.starts(with: machine) && trusted.suffix(own.count) == own[...])
                #expect(trusted.count <= machine.count + 1 + own.count)
                for file in ["pipelock/ca.pem", "pipelock/ca-key.pem", "egress/ca.pem", "egress/ca-key.pem"] {
                    let isNew = earlier.insert(try host("\(directory)/\(file)")).inserted
                    #expect(isNew, "\(file)")
                }
                #expect(
                    try await fixture.shell(
                        "grep -rls 'PRIVATE KEY' /etc /home /tmp /run /bottle; ls /etc/bottle 2>&1 | grep -c pem; true",
                        in: id) == "0\n")
                #expect(try await health(fixture, of: id).contains("\"tls_interception_enabled\":true"))
                try await fixture.driver.destroy(id)
                #expect(!FileManager.default.fileExists(atPath: directory))
            }
        }
    }

    @Test func withoutRoutesItMeetsPipelock() async throws {
        try await DriverFixture.run { fixture in
            var request = fixture.request("bare")
            request.manifest.bottles["dev"]?.routes = []
            let id = try await fixture.driver.launch(request)
            let own = try host("\(fixture.stateRoot)/bare/pipelock/ca.pem")
            #expect(try await store(fixture, in: id).suffix(own.count) == own[...])
            #expect(!FileManager.default.fileExists(atPath: "\(fixture.stateRoot)/bare/egress/ca.pem"))
            try await fixture.driver.destroy(id)
        }
    }

    @Test func anOpenTwinTrustsNobodyMore() async throws {
        let machine = (try? host(Contract.caBundlePath)) ?? []
        try await DriverFixture.run { fixture in
            let id = try await fixture.driver.launch(fixture.request("twin", network: .open))
            #expect(try await store(fixture, in: id) == machine)
            #expect(try await health(fixture, of: id).contains("\"tls_interception_enabled\":false"))
            // It has some all the same, as every launch.
            #expect(try !host("\(fixture.stateRoot)/twin/egress/ca-key.pem").isEmpty)
            try await fixture.driver.destroy(id)
        }
    }

    @Test func whoIsTrustedUpstreamIsRead() async throws {
        try await DriverFixture.run { fixture in
            var request = fixture.request("dev")
            request.upstreamAuthority = "no certificate"
            let error = await #expect(throws: BottleError.self) { try await fixture.driver.launch(request) }
            #expect(error?.code == .launch, "\(String(describing: error))")
            let other = try await fixture.driver.launch(fixture.request("other"))
            request.upstreamAuthority = String(
                decoding: try host("\(fixture.stateRoot)/other/pipelock/ca.pem"), as: UTF8.self)
            try await fixture.driver.destroy(fixture.driver.launch(request))
            try await fixture.driver.destroy(other)
        }
    }

    @Test(arguments: [Fault.noca, .stalebundle, .keytoo])
    func aFaultBreaksWhatTheGuestIsGiven(_ fault: Fault) async throws {
        let machine = (try? host(Contract.caBundlePath)) ?? []
        try await DriverFixture.run(faults: [fault]) { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            let own = try host("\(fixture.stateRoot)/dev/egress/ca.pem")
            let trusted = try await store(fixture, in: id)
            let key = try host("\(fixture.stateRoot)/dev/egress/ca-key.pem")
            switch fault {
            case .noca: #expect(trusted == machine)
            case .stalebundle: #expect(trusted.suffix(own.count) != own[...] && trusted.count > machine.count)
            default: #expect(trusted.suffix(own.count + key.count) == (own + key)[...])
            }
            try await fixture.driver.destroy(id)
        }
    }
}
