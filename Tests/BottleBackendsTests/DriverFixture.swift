// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import Foundation
import Testing

/// A world, a driver on it and a state directory of its own, for one test; everything is gone afterwards.
struct DriverFixture {
    static let port: UInt16 = 45_454

    let world: NamespacesWorld
    let driver: NamespacesDriver
    let stateRoot: String

    static func run(
        faults: Set<Fault> = [], _ body: (DriverFixture) async throws -> Void
    ) async throws {
        let stateRoot = FileManager.default.temporaryDirectory.appending(path: "bottle-\(UUID().uuidString)").path
        let world = try await NamespacesWorld.start()
        defer { try? FileManager.default.removeItem(atPath: stateRoot) }
        do {
            let driver = try NamespacesDriver(world: world, faults: faults, stateRoot: stateRoot)
            try await body(DriverFixture(world: world, driver: driver, stateRoot: stateRoot))
            await world.stop()
        } catch {
            await world.stop()
            throw error
        }
    }

    static let manifest = Manifest(
        bottles: [
            "dev": Manifest.Bottle(
                env: ["EDITOR": "vi"], allowlist: ["allowed.bottle.test", "routed.bottle.test"],
                routes: [
                    Manifest.Route(host: "routed.bottle.test", scheme: .http, port: 8080, tokenVariable: "TEST_TOKEN")
                ])
        ],
        agents: ["helper": Manifest.Agent(bottle: "dev", prompt: "Say \"hello\".\n\u{1F600}\n")])

    func request(_ slug: String, network: NetworkMode = .bottle) -> LaunchRequest {
        LaunchRequest(
            manifest: Self.manifest, agentName: "helper", slug: slug, network: network,
            resolver: WorldLayout.nameServer, tokens: ["TEST_TOKEN": Redacted("s3cret")])
    }

    /// Runs a shell script in the guest and returns its output; fails the test when it does not exit with 0.
    func shell(_ script: String, in bottle: BottleID, user: String? = nil) async throws -> String {
        let result = try await driver.exec(ExecRequest(["/bin/sh", "-c", script], user: user), in: bottle)
        #expect(result.ending == .exited(0), "\(script): \(String(decoding: result.stderr, as: UTF8.self))")
        return String(decoding: result.stdout, as: UTF8.self)
    }

    /// The errno that stopped a TCP connection from the guest, or what the other side sent first.
    func connect(to address: String, port: UInt16 = DriverFixture.port, in bottle: BottleID) async throws -> String {
        let input = "exchange a n tcp \(address) \(port) 2000 -/close\n"
        let result = try await driver.exec(
            ExecRequest([Contract.probePath], stdin: Array(input.utf8)), in: bottle)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: Any],
            "\(String(decoding: result.stdout + result.stderr, as: UTF8.self))")
        if let name = object["errno"] as? String { return name }
        let received = try #require(object["received"] as? [String])
        let bytes = try stride(from: 0, to: received.joined().count, by: 2).map { start in
            let text = received.joined()
            let index = text.index(text.startIndex, offsetBy: start)
            return try #require(UInt8(text[index..<text.index(index, offsetBy: 2)], radix: 16))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
