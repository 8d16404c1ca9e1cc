// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Foundation
import Testing

@testable import BottleBackends

/// Whom a guest on an engine trusts, whatever its image has there.
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: EngineFixture.isHere, EngineFixture.reason))
struct DockerTrustTests {
    /// Nobody else's on the tests' engine, nor are their networks: other suites run beside this one.
    private static let (slug, twin) = ("trust", "trust-open")

    private func host(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func store(_ fixture: EngineFixture, in bottle: BottleID) async throws -> [UInt8] {
        try await fixture.driver.copyOut(path: Contract.caBundlePath, from: .guest, in: bottle)
    }

    @Test func aGuestTrustsWhomItMeetsBesidesItsImage() async throws {
        try await EngineFixture.run { fixture in
            let twin = try await fixture.driver.launch(fixture.request(Self.twin, network: .open))
            let image = try await store(fixture, in: twin)
            try await fixture.driver.destroy(twin)
            let id = try await fixture.driver.launch(fixture.request(Self.slug))
            let own = try host("\(fixture.stateRoot)/\(Self.slug)/egress/ca.pem")
            let trusted = try await store(fixture, in: id)
            #expect(trusted.starts(with: image) && trusted.suffix(own.count) == own[...])
            let facts = try await fixture.shell(
                "stat -c '%a %u %F' \(Contract.caBundlePath); ls /etc/ssl/private 2>/dev/null; true", in: id)
            #expect(facts == "644 0 regular file\n")
            // The bundle's pair is what it was, and so is the guest's trust.
            try await fixture.driver.stop(id)
            try await fixture.driver.start(id)
            #expect(try await store(fixture, in: id) == trusted)
            #expect(try host("\(fixture.stateRoot)/\(Self.slug)/egress/ca.pem") == own)
            try await fixture.driver.destroy(id)
        }
    }

    /// What an image may have instead of an ordinary bundle, by the commands that make it so.
    @Test(arguments: [
        ("rm -rf /etc/ssl", ""),
        ("rm -f \(Contract.caBundlePath); ln -s /nowhere \(Contract.caBundlePath)", ""),
        ("echo own >/somewhere; rm -f \(Contract.caBundlePath); ln -s /somewhere \(Contract.caBundlePath)", "own\n\n"),
        ("mv /etc/ssl/certs /etc/certs; ln -s ../certs /etc/ssl/certs; echo own >\(Contract.caBundlePath)", "own\n\n"),
    ])
    func anImageLeadsNothingElsewhere(commands: String, kept: String) async throws {
        let engine = try EngineClient(environment: EngineFixture.environment)
        let standard = try await DockerImages(engine: engine, image: ImageReference(environment: [:])).prepare()
        let name = "bottle-trust-\(UInt64.random(in: 0...UInt64.max))"
        let reference = "\(name):1"
        // By a container and no builder: some would fetch the base anew.
        try await engine.call(
            "change an image",
            [
                "run", "--name", name, "--user", "0:0", "--network", "none", "--entrypoint", "/bin/sh", standard.guest,
                "-c", commands,
            ])
        try await engine.call("keep it", ["commit", "--change", "USER 1000:1000", name, reference])
        try await engine.call("remove", ["rm", "--force", name])
        try await EngineFixture.run(environment: ["CLAUDE_BOTTLE_IMAGE": reference]) { fixture in
            let id = try await fixture.driver.launch(fixture.request(Self.slug))
            let own = try host("\(fixture.stateRoot)/\(Self.slug)/egress/ca.pem")
            #expect(try await store(fixture, in: id) == Array(kept.utf8) + own)
            #expect(
                try await fixture.shell("stat -c '%a %u %F' \(Contract.caBundlePath)", in: id) == "644 0 regular file\n"
            )
            if commands.contains("/somewhere") {
                #expect(try await fixture.shell("cat /somewhere", in: id) == "own\n")
            }
            try await fixture.driver.destroy(id)
        }
        try await engine.call("remove", ["image", "rm", reference])
    }
}
