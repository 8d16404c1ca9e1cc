// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Foundation
import Testing

@testable import BottleBackends

/// A driver on the tests' own engine and a state directory of its own, for one test.
struct EngineFixture {
    /// Never an engine that somebody happens to have: bottles are broken here on purpose.
    static let isHere = environment["BOTTLE_TEST_ENGINE"] != nil
    static let reason: Comment = "needs the tests' own engine: eval \"$(Tests/engine start)\""
    static let environment = ProcessInfo.processInfo.environment

    let engine: EngineClient
    let driver: DockerDriver
    let stateRoot: String

    static func run(
        faults: Set<Fault> = [], environment: [String: String] = [:], _ body: (EngineFixture) async throws -> Void
    ) async throws {
        let stateRoot = FileManager.default.temporaryDirectory.appending(path: "bottle-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: stateRoot) }
        let engine = try EngineClient(environment: Self.environment)
        let image = try ImageReference(environment: environment)
        let driver = try DockerDriver(engine: engine, image: image, faults: faults, stateRoot: stateRoot)
        let fixture = EngineFixture(engine: engine, driver: driver, stateRoot: stateRoot)
        try await body(fixture)
        #expect(try await fixture.owned().isEmpty, "something was left on the engine")
    }

    func request(_ slug: String, network: NetworkMode = .bottle) -> LaunchRequest {
        LaunchRequest(
            manifest: DriverFixture.manifest, agentName: "helper", slug: slug, network: network,
            resolver: WorldLayout.nameServer, tokens: ["TEST_TOKEN": Redacted("s3cret")])
    }

    /// What bottles on the engine run.
    func images() async throws -> DockerImages.Prepared {
        try await DockerImages(engine: engine, image: ImageReference(environment: Self.environment)).prepare()
    }

    /// Names of everything that is labelled as this state directory's.
    func owned() async throws -> [String] {
        let owner = try DockerSweep.owner(stateRoot: stateRoot)
        let filter = ["--filter", "label=\(DockerNames.ownerLabel)=\(owner)"]
        let containers = try await engine.call("list", ["ps", "--all"] + filter + ["--format", "{{.Names}}"]).text
        let networks = try await engine.call("list", ["network", "ls"] + filter + ["--format", "{{.Name}}"]).text
        return (containers + networks).split(whereSeparator: \.isNewline).map(String.init).sorted()
    }

    func shell(_ script: String, in bottle: BottleID, user: String? = nil) async throws -> String {
        let result = try await driver.exec(ExecRequest(["/bin/sh", "-c", script], user: user), in: bottle)
        #expect(result.ending == .exited(0), "\(script): \(String(decoding: result.stderr, as: UTF8.self))")
        return String(decoding: result.stdout, as: UTF8.self)
    }

    /// The errno of a TCP connection from the guest, as the probe tells it.
    func connect(to address: String, _ port: UInt16, in bottle: BottleID) async throws -> String {
        let greeting = "GET /health HTTP/1.0\r\n\r\n".utf8.map {
            String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
        }
        let input = "exchange a n tcp \(address) \(port) 2000 \(greeting.joined())/close\n"
        let result = try await driver.exec(ExecRequest([Contract.probePath], stdin: Array(input.utf8)), in: bottle)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: Any],
            "\(String(decoding: result.stdout + result.stderr, as: UTF8.self))")
        return object["errno"] as? String ?? "none"
    }
}
