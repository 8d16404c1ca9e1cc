// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleSidecars

/// A hundred thousand inputs for each parser: none crashes one, and none lets a host through that is not allowed.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ParserPropertyTests {
    private static let rounds = 100_000

    private static let config = """
        {"mode":"strict","enforce":true,"api_allowlist":["allowed.test","*.wild.test"],
        "fetch_proxy":{"listen":"0.0.0.0:8888"},"forward_proxy":{"enabled":true},
        "tls_interception":{"enabled":false},"request_body_scanning":{"enabled":true,"action":"block"},
        "internal":["10.0.0.0/8"],"metrics_listen":"127.0.0.1:9091"}
        """

    @Test func noHeadGetsAHostThroughThatIsNotAllowed() async throws {
        let policy = Policy(
            config: try PipelockConfig(document: Array(Self.config.utf8), file: "p"), own: [], isOpen: false,
            faults: [])
        let heads = [
            "GET http://allowed.test/p?q HTTP/1.1\r\nHost: allowed.test\r\nA: b\r\n\r\n",
            "CONNECT allowed.test:443 HTTP/1.1\r\nHost: allowed.test:443\r\n\r\n",
            "POST http://x.wild.test:8080/ HTTP/1.0\r\nContent-Length: 3\r\n\r\n",
        ].map { Array($0.utf8) }
        let words = [
            "denied.test", "@", "#", "%00", "\r\n", "\u{0}", ".", ":", "/", " ", "allowed.test", "127.0.0.1", "[::1]",
            "\\", "?", "0x7f.1", "://", "Host: denied.test\r\n", "Transfer-Encoding: chunked\r\n",
        ].map { Array($0.utf8) }
        var mutator = Mutator(seed: 1)
        var (parsed, passed) = (0, 0)
        for round in 0..<Self.rounds {
            await Mutator.makeRoom(round)
            let bytes = mutator.changed(heads[round % 3], words: words)
            guard let head = try? RequestHead(bytes) else { continue }
            parsed += 1
            #expect(head.fields.values("host").count <= 1)
            let hasControls = head.fields.fields.contains { field in
                field.value.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7f } || !field.name.utf8.allSatisfy(isTokenByte)
            }
            #expect(!hasControls, "\(bytes)")
            // Two parsers could not read its length in two ways.
            if let framing = try? BodyFraming.ofRequest(head), framing == .chunked {
                #expect(head.fields.values("content-length").isEmpty)
            }
            let destination: HostPort
            switch try? RequestTarget(head.target, method: head.method) {
            case .absolute(let host, _), .authority(let host): destination = host
            default: continue
            }
            guard (try? policy.screen(destination.host, by: .connect)) != nil else { continue }
            passed += 1
            guard case .name(let name) = destination.host else {
                Issue.record("an address passes: \(bytes)")
                continue
            }
            #expect(name == "allowed.test" || name == "wild.test" || name.hasSuffix(".wild.test"), "\(name)")
            // The name stands there as it is looked up.
            #expect(head.target.lowercased().contains(name), "\(head.target)")
        }
        #expect(parsed > Self.rounds / 10 && passed > Self.rounds / 20, "\(parsed), \(passed)")
    }

    @Test func noConfigurationIsReadMoreOpenlyThanItIs() async throws {
        let document = Array(Self.config.utf8)
        let words = [
            "\"", "{", "}", ",", ":", "null", "false", "true", "\"balanced\"", "\\u0000", "\n", "[", "]",
            "\"mode\":\"audit\",",
        ].map { Array($0.utf8) }
        var mutator = Mutator(seed: 2)
        var accepted = 0
        for round in 0..<Self.rounds {
            await Mutator.makeRoom(round)
            let bytes = mutator.changed(document, words: words)
            guard let config = try? PipelockConfig(document: bytes, file: "p") else { continue }
            accepted += 1
            // Another reader of the same bytes agrees with what was read.
            guard let read = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
                Issue.record("only this parser takes it: \(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            let isStrict = read["mode"] as? String == "strict" && read["enforce"] as? Bool ?? true
            #expect(config.isAllowlistEnforced == isStrict, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > Self.rounds / 100, "\(accepted)")
    }

    @Test func noRouteTableNamesAHostThatIsNotInIt() async throws {
        let document = Array(
            #"[{"host":"api.test","scheme":"https","port":443,"token_variable":"TOKEN","role":null}]"#.utf8)
        let words = ["\"", ",", "{", "}", "*", ".", "http", "LD_PRELOAD", "0", "null", "\\"].map { Array($0.utf8) }
        var mutator = Mutator(seed: 3)
        var accepted = 0
        for round in 0..<Self.rounds {
            await Mutator.makeRoom(round)
            let bytes = mutator.changed(document, words: words)
            guard let table = try? RouteTable(document: bytes, file: "r") else { continue }
            accepted += 1
            for route in table.routes {
                guard case .name(let name) = route.destination.host else {
                    Issue.record("a route to an address: \(bytes)")
                    continue
                }
                #expect(!name.contains("*") && route.destination.port > 0)
                #expect(RouteTable.isVariableName(route.tokenVariable))
                let text = String(decoding: bytes, as: UTF8.self).lowercased()
                #expect(text.contains("\\") || text.contains(name), "\(name)")
            }
        }
        #expect(accepted > Self.rounds / 100, "\(accepted)")
    }
}
