// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceCanaries

/// Programs as people have them, unchanged, from inside a bottle: what the probe finds has to hold for them as well.
@Suite(.timeLimit(.minutes(3)), .serialized) struct RealClientsTests {
    /// A client by its program, and what it runs, given a URL: prints the body of the answer, fails for any other.
    struct Client: Sendable, CustomTestStringConvertible {
        let name: String
        let needs: [String]
        let command: @Sendable (_ url: String) -> [String]
        var testDescription: String { name }

        var isHere: Bool { needs.allSatisfy { FileManager.default.fileExists(atPath: $0) } }
    }

    static let clients = [
        Client(name: "curl", needs: ["/usr/bin/curl"]) { ["/usr/bin/curl", "-fsS", "--max-time", "20", $0] },
        Client(name: "Python requests", needs: ["/usr/bin/python3", "/usr/lib/python3/dist-packages/requests"]) {
            [
                "/usr/bin/python3", "-c",
                "import requests, sys; r = requests.get(sys.argv[1], timeout=20); r.raise_for_status(); print(r.text)",
                $0,
            ]
        },
        // Node's own fetch knows no proxy before its version 24: undici is what it is made of.
        Client(name: "Node fetch", needs: ["/usr/bin/node", "/usr/share/nodejs/undici"]) {
            [
                "/usr/bin/node", "-e",
                """
                const { fetch, ProxyAgent } = require('undici');
                fetch(process.argv[1], { dispatcher: new ProxyAgent(process.env.HTTPS_PROXY) })
                  .then(async r => { if (!r.ok) throw new Error('status ' + r.status); console.log(await r.text()); })
                  .catch(e => { console.error(e); process.exit(1); });
                """,
                $0,
            ]
        },
        Client(name: "git", needs: ["/usr/bin/git"]) { ["/usr/bin/git", "ls-remote", $0] },
    ]

    static let present = clients.filter(\.isHere)

    @Test func enoughOfThemAreHere() {
        // Who cannot install anything does with what there is.
        let wanted = geteuid() == 0 ? Self.clients : Array(Self.clients.prefix(1))
        let missing = wanted.filter { !$0.isHere }.map(\.name)
        #expect(
            missing.isEmpty,
            "missing: \(missing.joined(separator: ", ")) (apt-get install curl git python3-requests nodejs node-undici)"
        )
    }

    @Test func theyReachAnAllowedOriginAndVerifyIt() async throws {
        try await Self.withBottle { bottle in
            for client in Self.present {
                let nonce = Nonce.fresh().text
                let host = bottle.field.allowedHost
                let result = try await bottle.run(client, "https://\(host)/\(nonce)")
                let record = try #require(
                    await bottle.canaries.witness().first { $0.nonces.contains(nonce) },
                    "\(client.name): \(String(decoding: result.stderr, as: UTF8.self))")
                #expect(record.serverName == host, "\(client.name)")
                #expect(record.peer.hasPrefix("\(bottle.addresses.bundle):"), "\(client.name)")
                // Git is content with nothing less than a repository; that it asked is what counts.
                guard client.name != "git" else { continue }
                #expect(
                    result.ending == .exited(0), "\(client.name): \(String(decoding: result.stderr, as: UTF8.self))")
                #expect(String(decoding: result.stdout, as: UTF8.self).contains(bottle.field.banner), "\(client.name)")
            }
        }
    }

    @Test func theyGetTheTokenPutOnWhatTheySend() async throws {
        try await Self.withBottle { bottle in
            for client in Self.present where client.name != "git" {
                let nonce = Nonce.fresh().text
                _ = try await bottle.run(client, "https://\(bottle.field.routedHost)/\(nonce)")
                let record = try #require(
                    await bottle.canaries.witness().first { $0.nonces.contains(nonce) }, "\(client.name)")
                let text = String(decoding: record.bytes, as: UTF8.self)
                #expect(text.components(separatedBy: Self.token).count == 2, "\(client.name)")
            }
        }
    }

    @Test func theyAreRefusedElsewhere() async throws {
        try await Self.withBottle { bottle in
            for client in Self.present {
                for host in [bottle.field.deniedHost] + bottle.field.badHosts.values.sorted() {
                    let nonce = Nonce.fresh().text
                    let result = try await bottle.run(client, "https://\(host)/\(nonce)")
                    #expect(result.ending != .exited(0), "\(client.name) \(host)")
                    #expect(
                        await !bottle.canaries.witness().contains { $0.nonces.contains(nonce) },
                        "\(client.name) \(host)")
                }
            }
        }
    }

    @Test func withoutTheCAInTheGuestTheyRefuseTheBottleItself() async throws {
        try await Self.withBottle(faults: [.noca]) { bottle in
            for client in Self.present {
                let nonce = Nonce.fresh().text
                let result = try await bottle.run(client, "https://\(bottle.field.allowedHost)/\(nonce)")
                #expect(result.ending != .exited(0), "\(client.name)")
                let said = String(decoding: result.stderr, as: UTF8.self).lowercased()
                #expect(said.contains("certificate"), "\(client.name): \(said)")
                #expect(await !bottle.canaries.witness().contains { $0.nonces.contains(nonce) }, "\(client.name)")
            }
        }
    }

    private static let token = "ghijklmnopqrstuvwxyz-real-clients"

    /// A bottle among canaries.
    private struct Standing {
        let driver: NamespacesDriver
        let canaries: NamespacesField
        let field: SessionField
        let addresses: AddressPlan
        let id: BottleID

        func run(_ client: Client, _ url: String) async throws -> ExecResult {
            try await driver.exec(
                ExecRequest(
                    client.command(url), environment: ["NODE_PATH": "/usr/share/nodejs"], deadlineMilliseconds: 30_000),
                in: id)
        }
    }

    private static func withBottle(
        faults: Set<Fault> = [], _ body: (Standing) async throws -> Void
    ) async throws {
        let slug = "real-clients"
        let stateRoot = FileManager.default.temporaryDirectory.appending(path: "bottle-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: stateRoot) }
        let world = try await NamespacesWorld.start()
        do {
            let canaries = try await NamespacesField.start(over: world.host)
            let field = try await canaries.open(session: .bottle, slug: slug)
            let driver = try NamespacesDriver(world: world, faults: faults, stateRoot: stateRoot)
            let hosts = [field.allowedHost, field.routedHost] + field.badHosts.values
            let manifest = Manifest(
                bottles: [
                    "dev": Manifest.Bottle(
                        allowlist: hosts, routes: [Manifest.Route(host: field.routedHost, tokenVariable: "TEST_TOKEN")])
                ], agents: ["helper": Manifest.Agent(bottle: "dev")])
            let id = try await driver.launch(
                LaunchRequest(
                    manifest: manifest, agentName: "helper", slug: slug, network: .bottle, resolver: canaries.resolver,
                    tokens: ["TEST_TOKEN": Redacted(token)], upstreamAuthority: canaries.authority))
            try await body(
                Standing(
                    driver: driver, canaries: canaries, field: field, addresses: AddressPlan(slug: slug), id: id))
            try await driver.destroy(id)
            await canaries.close()
            await world.stop()
        } catch {
            await world.stop()
            throw error
        }
    }
}
