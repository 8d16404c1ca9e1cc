// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import Testing

@testable import BottleSidecars

/// Secrets are found in every spelling, and stopped before an origin sees one.
@Suite(.timeLimit(.minutes(2))) struct SecretTests {
    /// Made up here, and of a shape that nobody would take for prose.
    private static let key = "AKIA" + "Q3EXAMPLE7BOTTLE"
    private static let token = "sk-ant-" + "example-0123456789-abcdef"

    /// The key as clients may send it.
    static var spellings: [String] {
        let long = Data("{\"user\": \"x\", \"key\": \"\(key)\"}".utf8).base64EncodedString()
        return [
            key, "before \(token) after", Data(key.utf8).base64EncodedString(), long, "path/\(long)", "xy\(long)",
            Data(key.utf8).map { String(format: "%02x", $0) }.joined(),
            "f" + Data(key.utf8).map { String(format: "%02X", $0) }.joined(),
            Data(token.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_"),
        ]
    }

    @Test(arguments: spellings) func aSecretIsFound(text: String) {
        #expect(SecretPatterns().first(in: Array(text.utf8)) != nil)
    }

    @Test(arguments: [
        "AKIA is a prefix", "AKIAQ3EXAMPLE7BOTTL", "sk-ant-short", "the quick brown fox jumps over the lazy dog",
        "ghp_0123456789", String(repeating: "QUFB", count: 300), String(repeating: "00ff", count: 300), "",
    ]) func whatIsNoneIsLeftAlone(text: String) {
        #expect(SecretPatterns().first(in: Array(text.utf8)) == nil)
    }

    @Test func aUsersOwnPatternIsFoundInEverySpelling() throws {
        let patterns = SecretPatterns(usual: [], own: [try SecretPatterns.Own(name: "Badge", regex: "badge-[0-9]{6}")])
        let badge = "Badge-123456"
        for text in [
            badge, Data("x: \(badge)".utf8).base64EncodedString(),
            Data(badge.utf8).map { String(format: "%02x", $0) }.joined(),
        ] {
            #expect(patterns.first(in: Array(text.utf8)) == "Badge", "\(text)")
        }
        #expect(patterns.first(in: Array("badge-12345".utf8)) == nil)
        #expect(patterns.first(in: Array(Self.key.utf8)) == nil)
    }

    /// Wherever a stream is cut, all of it arrives when it is clean, and no part of a secret does when it is not.
    @Test(arguments: [1, 2, 7, 100, 1023, 1024, 1025, 4096]) func aStreamMayBeCutAnywhere(size: Int) {
        /// What comes out, up to a refusal.
        func passed(_ body: [UInt8]) -> (bytes: [UInt8], isRefused: Bool) {
            var scanner = BodyScanner(SecretPatterns(), limit: nil)
            var result: [UInt8] = []
            for start in stride(from: 0, to: body.count, by: size) {
                let piece = ByteBuffer(bytes: body[start..<min(start + size, body.count)])
                do {
                    if let clean = try scanner.pass(piece) { result += clean.readableBytesView }
                } catch {
                    return (result, true)
                }
            }
            if let rest = scanner.finish() { result += rest.readableBytesView }
            return (result, false)
        }
        let body = (0..<9000).map { UInt8(0x61 + $0 % 5) }
        let clean = passed(body)
        #expect(clean.bytes == body && !clean.isRefused)
        for secret in [Self.key, Data(Self.key.utf8).base64EncodedString()] {
            let spoilt = passed(body[..<5000] + [0x20] + Array(secret.utf8) + [0x20] + body[5000...])
            // Not a byte of it, and nothing but what came before.
            #expect(spoilt.isRefused && spoilt.bytes.count <= 5001, "\(spoilt.bytes.count)")
            #expect(spoilt.bytes.elementsEqual((body[..<5000] + [0x20]).prefix(spoilt.bytes.count)))
        }
    }

    /// Four places, both transports.
    static let places = ["path", "query", "header", "body", "chunked"]

    private func request(_ place: String, _ secret: String, target: String, host: String) -> String {
        let escaped = secret.replacing("A", with: "%41")
        return switch place {
        case "path": "GET \(target)/\(secret) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        case "query": "GET \(target)?k=\(escaped) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        case "header": "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nX-Note: \(secret)\r\n\r\n"
        case "body": "POST \(target) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(secret.utf8.count)\r\n\r\n\(secret)"
        default:
            "POST \(target) HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\(secret.prefix(5))\r\n"
                + "\(String(secret.utf8.count - 5, radix: 16))\r\n\(secret.dropFirst(5))\r\n0\r\n\r\n"
        }
    }

    @Test(arguments: places) func aSecretIsStoppedInPlainRequests(place: String) async throws {
        try await TestWorld.run { world async throws in
            let host = "allowed.test:\(world.origin.port)"
            let bad = request(place, Self.key, target: "http://\(host)/p", host: host)
            let answer = try await world.send(bad)
            #expect(answer.status == 403 && answer.contains("X-Pipelock-Service"), "\(answer)")
            #expect(!answer.contains(Self.key))
            // The origin may have seen the head of a request whose body is stopped, and nothing of the secret.
            #expect(!world.origin.requests.contains { $0.head.contains(Self.key) || $0.bodyBytes > 0 })
            #expect(world.log.records.contains { $0["event"] == "blocked" })
            #expect(!world.log.records.contains { $0.values.contains { $0.contains(Self.key) } })
            let good = request(place, "nothing-of-a-secret", target: "http://\(host)/p", host: host)
            #expect(try await world.send(good).status == 200)
        }
    }

    @Test(arguments: places) func aSecretIsStoppedInsideATunnel(place: String) async throws {
        try await TestTLSWorld.run { tls async throws in
            let host = "allowed.test:\(tls.origin.port)"
            let outcome = try await tls.tunnel("allowed.test", request(place, Self.token, target: "/p", host: host))
            #expect(outcome.text.status == 403 && outcome.text.contains("X-Pipelock-Service"), "\(outcome)")
            #expect(!tls.origin.requests.contains { $0.head.contains(Self.token) || $0.bodyBytes > 0 })
            #expect(tls.world.log.records.contains { $0["event"] == "blocked" })
            #expect(!tls.world.log.records.contains { $0.values.contains { $0.contains(Self.token) } })
            let good = request(place, "nothing-of-a-secret", target: "/p", host: host)
            #expect(try await tls.tunnel("allowed.test", good).text.status == 200)
        }
    }

    @Test func anEncodedBodyCannotBeLookedThrough() async throws {
        try await TestWorld.run { world async throws in
            let answer = try await world.send(
                "POST http://allowed.test:\(world.origin.port)/ HTTP/1.1\r\nContent-Encoding: gzip\r\n"
                    + "Content-Length: 3\r\n\r\nabc")
            #expect(answer.status == 403 && answer.body.contains("cannot be scanned"), "\(answer)")
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func theTokenThatEgressPutsOnIsNoLeak() async throws {
        let token = Self.token
        try await TestWorld.run {
            $0.tokens = ["TOKEN": token]
        } _: { world async throws in
            #expect(try await world.get("routed.test").status == 200)
            #expect(world.origin.requests.first?.head.contains("Authorization: Bearer \(token)") == true)
            // Anywhere else it is one, also in a request of egress's.
            #expect(try await world.get("routed.test", fields: "X-Note: \(token)\r\n").status == 403)
            #expect(world.origin.requests.count == 1)
        }
    }

    @Test(arguments: [#"{"action":"warn"}"#, #"{"enabled":false,"action":"block"}"#, nil])
    func withoutBlockOnlyAddressesAreLookedAt(scanning: String?) async throws {
        try await TestWorld.run {
            $0.scanning = scanning
        } _: { world async throws in
            let host = "allowed.test:\(world.origin.port)"
            for (place, status) in [("header", 200), ("body", 200), ("path", 403), ("query", 403)] {
                let answer = try await world.send(
                    request(place, Self.key, target: "http://\(host)/p", host: host))
                #expect(answer.status == status, "\(place): \(answer)")
            }
        }
    }
}
