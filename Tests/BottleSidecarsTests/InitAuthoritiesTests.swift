// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

/// What init's document says of authorities, and what daemons are told of it.
struct InitAuthoritiesTests {
    private static let head =
        #"{"daemons":["egress","pipelock"],"bundle_address":"10.77.3.2","pipelock_config":"p""#
    private static let pair = #"{"certificate":"pc","key":"pk"}"#

    private func request(_ tail: String) throws(BottleError) -> InitRequest {
        try InitRequest(document: Array("\(Self.head)\(tail)}".utf8))
    }

    @Test func withoutAuthoritiesNobodyIsToldOfAny() throws {
        let request = try request("")
        #expect(request.authorities.isEmpty && request.trust == nil)
        for daemon in InitRequest.Daemon.allCases {
            let words = request.arguments(of: daemon)
            #expect(!words.contains("--trust") && !words.contains("--ca-cert") && !words.contains("--ca-key"))
        }
    }

    @Test func egressTrustsPipelockAndPipelockWhomItIsTold() throws {
        let request = try request(
            #","trust":"t","authorities":{"pipelock":\#(Self.pair),"egress":{"certificate":"ec","key":"ek"}}"#)
        #expect(
            request.arguments(of: .egress).suffix(6) == ["--ca-cert", "ec", "--ca-key", "ek", "--trust", "pc"])
        #expect(request.arguments(of: .pipelock).suffix(2) == ["--trust", "t"])
        // The files are there already.
        #expect(request.texts.isEmpty && request.privateKeys.isEmpty)
    }

    @Test func pipelockAloneHasItsAuthorityInItsConfiguration() throws {
        let request = try request(#","authorities":{"pipelock":\#(Self.pair)}"#)
        #expect(request.authorities == [.pipelock: CertificateFiles(certificate: "pc", key: "pk")])
        for daemon in InitRequest.Daemon.allCases {
            #expect(!request.arguments(of: daemon).contains { ["--trust", "--ca-cert"].contains($0) })
        }
    }

    @Test func textsAreWrittenToTheFilesThatAreNamed() throws {
        let request = try request(
            #","authorities":{"pipelock":{"certificate":"pc","key":"pk","certificate_text":"C","key_text":"K"}},"#
                + #""trust":"t","trust_text":"T""#)
        #expect(request.texts == ["pc": "C", "t": "T"])
        #expect(request.privateKeys.mapValues(\.exposed) == ["pk": "K"])
        #expect(!"\(request)".contains("\"K\""))
    }

    @Test(arguments: [
        (#""authorities":{"pipelock":{"certificate":"c","key_text":"s3cret"}}"#, "half a CA: give certificate and key"),
        (#""authorities":{"pipelock":{"key":"k","key_text":"s3cret"}}"#, "half a CA: give certificate and key"),
        (
            #""authorities":{"pipelock":{"certificate":"c","key":"k","key_text":"s3cret"}}"#,
            "half a CA: give certificate_text and key_text"
        ),
        (
            #""authorities":{"pipelock":{"certificate":"c","key":"k","certificate_text":"c"}}"#,
            "half a CA: give certificate_text and key_text"
        ),
        (#""authorities":{"egress":{"certificate":"c","key":"k"}}"#, "egress cannot open TLS without pipelock"),
        (#""authorities":{"pipelock":{"certificate":"c","key":["s3cret"]}}"#, "expected a string"),
        (#""authorities":{"git-gate":{"certificate":"c","key":"k"}}"#, "unknown key 'git-gate'"),
        (#""trust_text":"s3cret""#, "there is no trust to write it to"),
    ])
    func whatIsHalfIsRefusedInOneSentence(tail: String, words: String) throws {
        let error = try #require(throws: BottleError.self) { try request(",\(tail)") }
        #expect(error.code == .input && error.message.contains(words), "\(error)")
        #expect(!error.message.contains("s3cret") && !error.message.contains("\n"))
    }

    #if TLS
        @Test func anAuthorityIsWholeWhereABuildHasAny() throws {
            #expect(TLSSupport.isBuiltIn)
            let pair = try #require(try TLSSupport.mint(name: "one"))
            let files = CertificateFiles(certificate: "c", key: "k")
            _ = try Authority(certificate: pair.certificate, key: pair.key.exposed, files: files)
        }
    #endif
}
