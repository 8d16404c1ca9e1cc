// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Foundation
import Synchronization
import Testing

@testable import ConformanceEngine

/// What the host shows of a bottle's authorities while it runs.
@Suite(.timeLimit(.minutes(1)))
struct AuthorityEvidenceTests {
    private static func pem(_ bytes: [UInt8], label: String = "CERTIFICATE", ending: String = "\n") -> [UInt8] {
        let body = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        let text = "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
        return Array(text.replacing("\n", with: ending).utf8)
    }

    private static let certificate = Array("a certificate that is longer than one line of base64 has room for".utf8)

    @Test(arguments: ["\n", "\r\n"]) func theDigestIsThatOfTheCertificate(ending: String) throws {
        let bytes = Self.pem(Self.certificate, ending: ending)
        let evidence = try #require(
            AuthorityEvidence(certificate: (bytes, 0o600), key: (Array("a key".utf8), 0o640)))
        #expect(evidence.digest == SHA256.hex(Self.certificate))
        #expect(Array(evidence.certificate.utf8) == bytes)
        #expect(evidence.certificateMode == 0o600 && evidence.keyMode == 0o640)
        #expect(evidence.keyDigest == SHA256.hex("a key".utf8))
    }

    @Test func nothingOfAKeyIsKept() throws {
        let evidence = try #require(
            AuthorityEvidence(certificate: (Self.pem(Self.certificate), 0o600), key: (Array("ggggkeyhhhh".utf8), 0o600))
        )
        let text = String(decoding: try JSONEncoder().encode(evidence), as: UTF8.self)
        #expect(Needles("ggggkeyhhhh").encoding(in: Array(text.utf8)) == nil)
    }

    @Test func aMissingKeyIsOnRecord() throws {
        let evidence = try #require(AuthorityEvidence(certificate: (Self.pem(Self.certificate), 0o644), key: nil))
        #expect(evidence.keyMode == nil && evidence.keyDigest == nil && evidence.certificateMode == 0o644)
    }

    @Test(arguments: [
        "", "nonsense", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
        String(decoding: pem(certificate, label: "EC PRIVATE KEY"), as: UTF8.self),
    ]) func whatIsNoCertificateIsNoEvidence(text: String) {
        #expect(AuthorityEvidence(certificate: (Array(text.utf8), 0o600), key: nil) == nil)
    }

    @Test func withoutAFileThereIsNone() {
        #expect(AuthorityEvidence(certificate: nil, key: (Array("a key".utf8), 0o600)) == nil)
    }

    /// What the checks of a run are told, and what they judge by.
    private func run(
        _ hostFile: (@Sendable (String) -> (bytes: [UInt8], mode: UInt32)?)?
    ) async -> (declared: [Session: [String: String]], judged: [Session: [String: String]]) {
        let seen = Mutex<(declared: [Session: [String: String]], judged: [Session: [String: String]])>(([:], [:]))
        let check = StubCheck(
            "A-01",
            declare: { declaration in
                let digests = declaration.authorities.mapValues(\.digest)
                seen.withLock { $0.declared[declaration.session] = digests }
                declaration.probe("identity", .identity)
            },
            judge: { evidence in
                seen.withLock { $0.judged = evidence.sessions.mapValues { $0.authorities.mapValues(\.digest) } }
                return StubCheck.complete(evidence)
            })
        _ = await Trial().run([check], driver: FakeDriver(), configure: { $0.hostFile = hostFile })
        return seen.withLock { $0 }
    }

    @Test func theFilesThatAPlanNamesAreRead() async throws {
        let asked = Mutex<Set<String>>([])
        let (declared, judged) = await run { path in
            asked.withLock { _ = $0.insert(path) }
            return (Self.pem(Array(path.utf8)), 0o600)
        }
        #expect(judged == declared)
        for session in Session.allCases {
            // No routes, no egress that would open anything.
            let daemons = session == .variant ? ["pipelock"] : ["egress", "pipelock"]
            let own = try #require(judged[session])
            #expect(own.keys.sorted() == daemons)
            #expect(Set(own.values).count == daemons.count)
        }
        let directories = Set(asked.withLock { $0 }.map { $0.split(separator: "/").prefix(2).joined(separator: "/") })
        #expect(directories.count == 3 && directories.allSatisfy { $0.hasPrefix("state/conformance-") })
    }

    @Test func whereNobodyCanLookNothingIsKnown() async {
        #expect(await run(nil).judged.values.allSatisfy(\.isEmpty))
        #expect(await run { _ in nil }.judged.values.allSatisfy(\.isEmpty))
    }
}
