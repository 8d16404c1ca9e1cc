// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// What the probe says of a file of PEM blocks.
    @Suite struct CertificateTests {
        /// Bytes that stand for certificates: of every length that base64 pads in another way.
        private static let bodies = (0..<6).map { Data((0..<UInt8(60 + $0)).map { $0 &* 37 &+ 11 }) }

        private static func pem(_ body: Data, _ label: String = "CERTIFICATE", ending: String = "\n") -> String {
            let text = body.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n".replacing("\n", with: ending)
        }

        /// By a program that had no part in the probe.
        private static func digest(_ body: Data) async throws -> String {
            let run = try await ProbeRunner.start(
                ["-c", "base64 -d | sha256sum"], of: URL(fileURLWithPath: "/bin/sh"),
                input: body.base64EncodedString() + "\n")
            return String(run.text.prefix(64))
        }

        private func look(at text: String) async throws -> ProbeRunner.Line {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("store.pem")
                try Data(text.utf8).write(to: file)
                return try await ProbeRunner.batch("certificates a n \(hex(file.path))").line("a")
            }
        }

        private func expect(
            _ text: String, certificates: [Data], keys: Int = 0, others: Int = 0,
            at location: SourceLocation = #_sourceLocation
        ) async throws {
            let line = try await look(at: text)
            var digests: [String] = []
            for body in certificates { digests.append(try await Self.digest(body)) }
            #expect(line.stage == "done" && line.errno == nil, sourceLocation: location)
            #expect(line.fact("certificates") == digests.joined(separator: " "), sourceLocation: location)
            #expect(line.fact("keys") == "\(keys)", sourceLocation: location)
            #expect(line.fact("others") == "\(others)", sourceLocation: location)
        }

        @Test(arguments: ["\n", "\r\n", " \t\n"]) func everyCertificateIsNamedInOrder(ending: String) async throws {
            let text = Self.bodies.map { "# a comment\(ending)" + Self.pem($0, ending: ending) }.joined()
            try await expect(text, certificates: Self.bodies)
        }

        @Test func theSameCertificateTwiceIsTwo() async throws {
            try await expect(
                Self.pem(Self.bodies[0]) + Self.pem(Self.bodies[0]), certificates: [Self.bodies[0], Self.bodies[0]])
        }

        @Test(arguments: ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
        func aPrivateKeyIsCounted(label: String) async throws {
            try await expect(
                Self.pem(Self.bodies[0]) + Self.pem(Self.bodies[1], label) + Self.pem(Self.bodies[2]),
                certificates: [Self.bodies[0], Self.bodies[2]], keys: 1)
        }

        @Test func halfAKeyIsAKey() async throws {
            let half = String(Self.pem(Self.bodies[1], "EC PRIVATE KEY").prefix(60))
            // At the end of the file, and with a certificate behind it.
            try await expect(Self.pem(Self.bodies[0]) + half, certificates: [Self.bodies[0]], keys: 1, others: 1)
            try await expect(half + "\n" + Self.pem(Self.bodies[0]), certificates: [Self.bodies[0]], keys: 1, others: 1)
        }

        @Test func whatIsNeitherIsCountedApart() async throws {
            let text =
                Self.pem(Self.bodies[0], "X509 CRL") + Self.pem(Self.bodies[1], "PUBLIC KEY")
                + Self.pem(Self.bodies[2], "TRUSTED CERTIFICATE") + Self.pem(Self.bodies[3])
            try await expect(text, certificates: [Self.bodies[3]], others: 3)
        }

        @Test(arguments: [
            "", "not base64!", "QUJD=", "QUI=QUJD", "Q===", "====", "QUJDR", "Q U J D",
        ])
        func whatIsNoBase64IsNoCertificate(body: String) async throws {
            let text = "-----BEGIN CERTIFICATE-----\n\(body)\n-----END CERTIFICATE-----\n"
            try await expect(text + Self.pem(Self.bodies[0]), certificates: [Self.bodies[0]], others: 1)
        }

        @Test func anUnfinishedCertificateIsNone() async throws {
            let begun = "-----BEGIN CERTIFICATE-----\nQUJD\n"
            try await expect(begun + Self.pem(Self.bodies[0]), certificates: [Self.bodies[0]], others: 1)
            try await expect(Self.pem(Self.bodies[0]) + begun, certificates: [Self.bodies[0]], others: 1)
        }

        @Test(arguments: [
            "", "\n\n\n", "PRIVATE KEY", "-----END CERTIFICATE-----\n", "-----BEGIN -----",
            "----BEGIN CERTIFICATE-----\nQUJD",
            "QUJD\n",
        ])
        func textWithoutBlocksHasNone(text: String) async throws {
            try await expect(text, certificates: [])
        }

        @Test func bytesOfAnyKindDoNoHarm() async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("store.pem")
                var generator = SystemRandomNumberGenerator()
                var bytes = Data((0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
                bytes += Data("\n\(Self.pem(Self.bodies[0]))".utf8)
                try bytes.write(to: file)
                let line = try await ProbeRunner.batch("certificates a n \(hex(file.path))").line("a")
                #expect(line.stage == "done")
                #expect(line.fact("certificates") == (try await Self.digest(Self.bodies[0])))
            }
        }

        @Test func theMachinesOwnStoreIsRead() async throws {
            let path = "/etc/ssl/certs/ca-certificates.crt"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let line = try await ProbeRunner.batch("certificates a n \(hex(path))").line("a")
            let count =
                text.split(separator: "-----BEGIN CERTIFICATE-----").count - (text.hasPrefix("-----BEGIN") ? 0 : 1)
            #expect(count > 50)
            #expect(line.fact("certificates")?.split(separator: " ").count == count)
            #expect(line.fact("keys") == "0")
        }

        @Test func aFileThatIsNotThereIsAnError() async throws {
            try await ScratchDirectory.with { directory in
                let missing = directory.appendingPathComponent("missing").path
                let run = try await ProbeRunner.batch(
                    "certificates missing n \(hex(missing))", "certificates directory n \(hex(directory.path))")
                for (id, errno) in [("missing", "ENOENT"), ("directory", "EISDIR")] {
                    let line = try run.line(id)
                    #expect(line.stage == "done")
                    #expect(line.errno == errno)
                    #expect(line.fact("certificates") == nil && line.fact("keys") == nil)
                }
            }
        }

        @Test func aFileWithoutAnEndIsAnError() async throws {
            let line = try await ProbeRunner.batch("certificates a n \(hex("/dev/zero"))").line("a")
            #expect(line.errno == "EFBIG" || line.errno == "E2BIG")
            #expect(line.fact("certificates") == nil)
        }

        @Test(arguments: ["certificates a n", "certificates a n -", "certificates a n zz", "certificates a n 2f 2f"])
        func aBadLineIsReported(line: String) async throws {
            let run = try await ProbeRunner.batch(line, "identity b n")
            #expect(try run.line("?").stage == "input")
            #expect(try run.line("b").stage == "done")
        }
    }
}
