// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

@Suite struct ConfigTests {
    @Test func defaultsAreThoseOfTheRealProxy() throws {
        let config = try PipelockConfig(document: Array("{}".utf8), file: "p.yaml")
        #expect(config.mode == .balanced && !config.isForwardProxy && config.listenPort == 8888)
        #expect(config.internalRanges == AddressRange.usualInternal)
    }

    @Test func emptyStrictAllowlistIsAccepted() throws {
        let config = try PipelockConfig(document: Array(#"{"mode":"strict","api_allowlist":[]}"#.utf8), file: "p.yaml")
        #expect(config.isAllowlistEnforced && config.allowlist.isEmpty)
    }

    @Test(arguments: [
        ("", "p.yaml:1: not a JSON document: the document is empty"),
        ("{\"mode\":\"strict\",\n\"api_alowlist\":[]}", "p.yaml: unknown key 'api_alowlist'"),
        (#"{"mode":"permissive"}"#, "p.yaml: mode: invalid mode 'permissive'"),
        (#"{"mode":1}"#, "p.yaml: mode: expected a string, found a number"),
        (#"{"mode":"strict","mode":"audit"}"#, "p.yaml:1: not a JSON document: the key 'mode' stands there twice"),
        (#"{"api_allowlist":["a:443"]}"#, "p.yaml: api_allowlist[0]: 'a:443' is no host name"),
        (#"{"api_allowlist":"a"}"#, "p.yaml: api_allowlist: expected a list, found a string"),
        (#"{"fetch_proxy":{"listen":"8888"}}"#, "p.yaml: fetch_proxy.listen: '8888' is not ADDRESS:PORT"),
        (#"{"fetch_proxy":{"lisen":"0.0.0.0:8888"}}"#, "p.yaml: fetch_proxy: unknown key 'lisen'"),
        (#"{"internal":["10.0.0.1/8"]}"#, "p.yaml: internal[0]: '10.0.0.1/8' is no CIDR block"),
        (
            #"{"tls_interception":{"enabled":true}}"#,
            "p.yaml: tls_interception.enabled: TLS can be opened with both halves"
        ),
        (
            #"{"request_body_scanning":{"action":"blok"}}"#,
            "p.yaml: request_body_scanning.action: 'blok' must be one of warn, block"
        ),
        (#"{"dlp":{"action":"block"}}"#, "p.yaml: dlp: unknown key 'action'"),
        (
            #"{"dlp":{"patterns":[{"name":"x","regex":"("}]}}"#,
            "p.yaml: dlp.patterns[0].regex: is no regular expression that can be used"
        ),
        (#"{"enforce":"yes"}"#, "p.yaml: enforce: expected true or false, found a string"),
        ("{\"enforce\":\ntrue,}", "p.yaml:2: not a JSON document"), ("mode: strict", "p.yaml:1: not a JSON document"),
        ("{} {}", "p.yaml:1: not a JSON document: text after the end"),
        ("[]", "p.yaml: expected an object, found a list"),
    ])
    func badConfigurationsAreRefusedInOneSentence(document: String, message: String) throws {
        let error = try #require(throws: BottleError.self) {
            try PipelockConfig(document: Array(document.utf8), file: "p.yaml")
        }
        #expect(error.message.hasPrefix(message) && !error.message.contains("\n"))
        #expect(error.code == .input)
    }

    @Test func jsonIsParsedStrictly() throws {
        let text = #"{"a":[1,-2,3.5e2,"A\ud83d\ude00\n",null,true]}"#
        let expected = JSONValue.array([.integer(1), .integer(-2), .number(350), .string("A😀\n"), .null, .bool(true)])
        #expect(try JSONParser.parse(Array(text.utf8)) == .object([.init(name: "a", value: expected)]))
        for bad in [
            "[01]", "[1.]", "[+1]", "[\"\\x\"]", "[\"\u{1}\"]", "[\"\\ud83d\"]", "[1", "nul", "\"a", "{a:1}", "[1 2]",
        ] {
            #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(bad.utf8)) }
        }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(String(repeating: "[", count: 99).utf8)) }
    }

    @Test(arguments: [
        #"[{"host":"a.example"}]"#, #"[{"host":"1.2.3.4","token_variable":"T"}]"#,
        #"[{"host":"a","token_variable":"1T"}]"#,
        #"[{"host":"a","token_variable":"T","port":0}]"#, #"[{"host":"a","token_variable":"T","scheme":"ftp"}]"#,
        #"[{"host":"a","token_variable":"T"},{"host":"A.","token_variable":"U"}]"#, #"{"routes":[]}"#, "",
        #"[{"host":"a","token_variable":"LD_PRELOAD"}]"#, #"[{"host":"a","token_variable":"T","token":"x"}]"#,
    ])
    func badRoutesAreRefused(document: String) {
        #expect(throws: BottleError.self) { try RouteTable(document: Array(document.utf8), file: "routes.yaml") }
    }

    @Test func routesMatchSchemeHostAndPort() throws {
        let document = #"[{"host":"a.example","scheme":"http","port":8080,"token_variable":"T","role":"r"}]"#
        let table = try RouteTable(document: Array(document.utf8), file: "routes.yaml")
        let name = HostSpec.name("a.example")
        #expect(table.httpRoute(to: HostPort(host: name, port: 8080))?.tokenVariable == "T")
        #expect(table.httpRoute(to: HostPort(host: name, port: 80)) == nil)
        #expect(table.httpsRoute(to: HostPort(host: name, port: 8080)) == nil)
        #expect(table.httpRoute(to: HostPort(host: .name("b.a.example"), port: 8080)) == nil)
    }

    @Test func initsDocumentIsStrictAndNeverRepeatsAToken() throws {
        let head =
            #"{"daemons":["egress","pipelock"],"bundle_address":"10.77.3.2","pipelock_config":"p","routes_config":"r","#
        let request = try InitRequest(
            document: Array((head + #""open":true,"faults":["noinject"],"tokens":{"T":"s3"}}"#).utf8))
        #expect(request.arguments(of: .egress).suffix(4) == ["--listen", "0.0.0.0:9099", "--fault", "noinject"])
        #expect(
            !request.arguments(of: .pipelock).contains("noinject")
                && request.arguments(of: .pipelock).contains("--open"))
        #expect(request.environment(of: .pipelock, pipelockPort: 8888).exposed.isEmpty)
        #expect(
            request.environment(of: .egress, pipelockPort: 8888).exposed
                == ["EGRESS_UPSTREAM_PROXY=http://127.0.0.1:8888", "T=s3"])
        for tail in [
            #""faults":["noprompt"]}"#, #""tokens":{"A=B":"s3cret"}}"#, #""tokens":{"T":"s3cret\nX"}}"#, #""x":1}"#,
            #""tokens":{"T":["s3cret"]}}"#, #""tokens":{"T":"s3cret"}"#, #""tokens":{"T":"s3cret"},"routes_text":[]}"#,
        ] {
            let error = try #require(throws: BottleError.self) { try InitRequest(document: Array((head + tail).utf8)) }
            #expect(!error.message.contains("s3cret"))
        }
    }

    @Test func initsDocumentBringsConfigurationForTheFilesThatItNames() throws {
        let head = #"{"daemons":["pipelock"],"bundle_address":"10.77.3.2","pipelock_config":"p""#
        let without = try InitRequest(document: Array((head + "}").utf8))
        #expect(without.texts.isEmpty)
        let both = #","routes_config":"r","pipelock_text":"{}","routes_text":"[]"}"#
        #expect(try InitRequest(document: Array((head + both).utf8)).texts == ["p": "{}", "r": "[]"])
        // Routes without a file would be routes that nobody reads.
        let error = try #require(throws: BottleError.self) {
            try InitRequest(document: Array((head + #","routes_text":"[]"}"#).utf8))
        }
        #expect(error.message.contains("routes_config"))
    }
}
