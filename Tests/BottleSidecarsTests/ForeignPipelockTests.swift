// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleSidecars

/// A pipelock that is not the reference's: how it is started, and what becomes of its log.
@Suite struct ForeignPipelockTests {
    private static let nonce = "0123456789abcdef0123456789abcdef"

    private func request(_ more: String = "") throws -> InitRequest {
        try InitRequest(
            document: Array(
                #"""
                {"daemons":["egress","pipelock"],"bundle_address":"10.77.3.2","pipelock_config":"/c.yaml",
                "tokens":{"TOKEN":"s3cret"},"pipelock_program":"/bottle/pipelock"\#(more)}
                """#.utf8))
    }

    @Test func itIsStartedAsTheRealOneWantsToBe() throws {
        let plain = try request()
        #expect(plain.arguments(of: .pipelock) == ["/bottle/pipelock", "run", "--config", "/c.yaml"])
        #expect(plain.environment(of: .pipelock, pipelockPort: 8888).exposed == ["HOME=/"])
        #expect(plain.arguments(of: .egress).starts(with: ["bottle-bundle", "egress"]))
        let trusting = try request(#","trust":"/trust.pem""#)
        #expect(
            trusting.environment(of: .pipelock, pipelockPort: 8888).exposed == ["HOME=/", "SSL_CERT_FILE=/trust.pem"])
    }

    @Test func whatItLacksIsSaid() throws {
        #expect(ForeignPipelock.lacks(try request()).isEmpty)
        #expect(ForeignPipelock.lacks(try request(#","routes_config":"/r.yaml""#)).contains { $0.contains("egress") })
    }

    @Test(arguments: [
        (#","open":true"#, "open"), (#","faults":["denyall"]"#, "denyall"),
        (#","pipelock_program":"bin""#, "pipelock_program"),
    ])
    func whatOnlyTheReferenceDoesIsRefused(more: String, says: String) throws {
        let error = #expect(throws: BottleError.self) { _ = try request(more) }
        #expect(error?.code == .input && error?.message.contains(says) == true, "\(String(describing: error))")
    }

    @Test func aFaultOfEgressStays() throws { #expect(try request(#","faults":["noinject"]"#).faults == [.noinject]) }

    @Test func itsLogIsPutIntoOurWords() throws {
        let line =
            #"{"level":"warn","event":"blocked","client_ip":"10.77.3.3","url":"http://a.test/\#(Self.nonce)","reason":"no"}"#
        let record = ForeignPipelock.record(of: Array("\(line)\n".utf8))
        #expect(record.daemon == "pipelock" && record.event == "blocked" && record.client == "10.77.3.3")
        #expect(record.target == "http://a.test/\(Self.nonce)" && record.nonce == Self.nonce && record.detail == "no")
        let tunnel = ForeignPipelock.record(of: Array(#"{"event":"tunnel_open","target":"a.test:443"}"#.utf8))
        #expect(tunnel.target == "a.test:443" && tunnel.nonce == nil && tunnel.client.isEmpty)
    }

    /// What a guest brings into the log of somebody else's program is neither a record of ours nor a proof of a request.
    @Test(arguments: [
        "ready \(nonce)", "{\"daemon\":\"init\",\"detail\":\"\(nonce)\"}", "{\"event\":7}", "{\"event\":\"a\"", "",
        "{\"event\":\"blocked\",\"reason\":\"\(nonce)\"}",
    ])
    func nothingElseIsTakenForOurs(line: String) throws {
        let record = ForeignPipelock.record(of: Array("\(line)\n".utf8))
        #expect(record.daemon == "pipelock" && record.nonce == nil)
        let members = try #require(
            try JSONSerialization.jsonObject(with: Data(record.line())) as? [String: String])
        #expect(members["daemon"] == "pipelock")
    }

    @Test func controlBytesOfItsLogAreEscaped() {
        let record = ForeignPipelock.record(of: Array("\u{1B}[2J\n".utf8))
        #expect(record.event == "output" && record.detail == #"\x1b[2J"#)
    }
}
