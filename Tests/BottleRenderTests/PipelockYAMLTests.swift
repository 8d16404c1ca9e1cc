// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct PipelockYAMLTests {
    private static let keys: Set<String> = [
        "version", "mode", "enforce", "explain_blocks", "api_allowlist", "fetch_proxy", "forward_proxy",
        "tls_interception", "request_body_scanning", "response_scanning", "dlp", "internal", "metrics_listen",
        "kill_switch", "sentry",
    ]

    @Test func everyUnsafeDefaultIsSpelledOut() throws {
        let parsed = try Parsed.yaml(try PipelockYAML.render(Samples.pipelock))
        #expect(Set(parsed.entries.keys) == Self.keys.union(["ssrf"]))
        #expect(parsed["mode"] == .text("strict") && parsed["enforce"] == .bool(true))
        #expect(parsed["explain_blocks"] == .bool(false))
        #expect(parsed["api_allowlist"] == .texts(["*.api.example", "api.example", "registry.example"]))
        #expect(
            parsed["fetch_proxy"]
                == .map([
                    "listen": .text("0.0.0.0:8888"), "monitoring": .map(["max_requests_per_minute": .number(600)]),
                ]))
        #expect(parsed["forward_proxy"] == .map(["enabled": .bool(true), "sni_verification": .bool(true)]))
        #expect(
            parsed["tls_interception"]
                == .map([
                    "enabled": .bool(true), "ca_cert": .text("/etc/pipelock/tls/ca.pem"),
                    "ca_key": .text("/etc/pipelock/tls/ca-key.pem"), "passthrough_domains": .list([]),
                ]))
        #expect(
            parsed["request_body_scanning"]
                == .map([
                    "enabled": .bool(true), "action": .text("block"), "scan_headers": .bool(true),
                    "header_mode": .text("all"),
                ]))
        #expect(parsed["response_scanning"] == .map(["enabled": .bool(true), "action": .text("block")]))
        #expect(parsed["dlp"]?["scan_env"] == .bool(true) && parsed["dlp"]?["include_defaults"] == .bool(true))
        #expect(parsed["ssrf"] == .map(["ip_allowlist": .texts(["10.9.8.7/32"])]))
        #expect(parsed["metrics_listen"] == .text("127.0.0.1:9091"))
        #expect(parsed["sentry"] == .map(["enabled": .bool(false)]))
        let ranges = try #require(parsed["internal"]?.elements)
        #expect(ranges.contains(.text("127.0.0.0/8")) && ranges.contains(.text("169.254.0.0/16")))
    }

    @Test func patternsCannotAddAKey() {
        Property.check { generator in
            var input = PipelockYAMLInput(allowlist: ["a.example"])
            input.patterns = generator.list(3) { generator in
                .init(
                    name: "n\(HostileText.any(&generator))", regex: "r\(HostileText.any(&generator))",
                    severity: generator.pick(PipelockYAMLInput.Pattern.Severity.allCases))
            }
            let parsed = try Parsed.yaml(try PipelockYAML.render(input))
            let expected = Parsed.list(
                input.patterns.map {
                    .map([
                        "name": .text($0.name), "regex": .text($0.regex), "severity": .text($0.severity.rawValue),
                    ])
                })
            let isSame = Set(parsed.entries.keys) == Self.keys && parsed["dlp"]?["patterns"] == expected
            return isSame ? nil : "\(parsed)"
        }
    }

    @Test func aHostIsABareNameOrRefused() {
        Property.check { generator in
            let hosts = generator.list(3) { generator in
                generator.flag()
                    ? HostileText.any(&generator) : generator.pick(["a.example", "*.b.example", "C.example"])
            }
            let input = PipelockYAMLInput(allowlist: hosts, passthrough: hosts)
            let isBare = hosts.allSatisfy { ManifestRules.problem(withAllowedHost: $0) == nil }
            let bytes: [UInt8]
            do { bytes = try PipelockYAML.render(input) } catch { return isBare ? "\(error)" : nil }
            let parsed = try Parsed.yaml(bytes)
            let unique = Set(hosts.map { $0.lowercased() }).sorted()
            let expected = Parsed.texts(unique.isEmpty ? ["none.invalid"] : unique)
            let isSame =
                parsed["api_allowlist"] == expected && Set(parsed.entries.keys) == Self.keys
                && parsed["tls_interception"]?["passthrough_domains"] == .texts(unique)
            return isBare && isSame ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test(arguments: [
        "a.example:443", "https://a.example", "", "*", "a.example/x", "10.0.0.1", "[::1]", "a example", "a.example\n",
        "a.example\"", "-a.example", "a..example", "**.example",
    ])
    func entryThatMatchesNothingIsRefused(host: String) {
        #expect(throws: BottleError.self) { try PipelockYAML.render(PipelockYAMLInput(allowlist: [host])) }
    }

    @Test func limitAndExemptionAreChecked() {
        var input = Samples.pipelock
        input.requestsPerMinute = 0
        #expect(throws: BottleError.self) { try PipelockYAML.render(input) }
        for address in ["10.0.0.0/8", "0.0.0.0/0", "host", ""] {
            input = Samples.pipelock
            input.exemptAddresses = [address]
            #expect(throws: BottleError.self) { try PipelockYAML.render(input) }
        }
    }
}
