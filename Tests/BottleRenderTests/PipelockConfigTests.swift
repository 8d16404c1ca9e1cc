// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Foundation
import Testing

@Suite struct PipelockConfigTests {
    private static let keys: Set<String> = [
        "version", "mode", "enforce", "explain_blocks", "api_allowlist", "fetch_proxy", "forward_proxy",
        "tls_interception", "request_body_scanning", "response_scanning", "dlp", "internal", "metrics_listen",
        "kill_switch", "sentry",
    ]

    @Test func everyUnsafeDefaultIsSpelledOut() throws {
        let parsed = try Parsed.yaml(try PipelockConfig.render(Samples.pipelock))
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
                    "enabled": .bool(true), "ca_cert": .text("/etc/bottle/pipelock-ca.pem"),
                    "ca_key": .text("/etc/bottle/pipelock-ca-key.pem"), "passthrough_domains": .list([]),
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
            var input = PipelockInput(allowlist: ["a.example"])
            input.patterns = generator.list(3) { generator in
                .init(
                    name: "n\(HostileText.any(&generator))", regex: "r\(HostileText.any(&generator))",
                    severity: generator.pick(PipelockInput.Pattern.Severity.allCases))
            }
            let parsed = try Parsed.yaml(try PipelockConfig.render(input))
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
            let input = PipelockInput(
                allowlist: hosts, interception: PipelockConfig.authority, passthrough: hosts)
            let isBare = hosts.allSatisfy { ManifestRules.problem(withAllowedHost: $0) == nil }
            let bytes: [UInt8]
            do { bytes = try PipelockConfig.render(input) } catch { return isBare ? "\(error)" : nil }
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
        #expect(throws: BottleError.self) { try PipelockConfig.render(PipelockInput(allowlist: [host])) }
    }

    @Test func withoutAnAuthorityTunnelsPassUnread() throws {
        let parsed = try Parsed.yaml(try PipelockConfig.render(PipelockInput(allowlist: ["a.example"])))
        #expect(parsed["tls_interception"] == .map(["enabled": .bool(false)]))
        let input = PipelockInput(allowlist: ["a.example"], passthrough: ["a.example"])
        #expect(throws: BottleError.self) { try PipelockConfig.render(input) }
    }

    @Test func theOpenTwinAdmitsEverything() throws {
        let parsed = try Parsed.yaml(try PipelockConfig.render(PipelockInput(allowlist: ["a.example"], policy: .open)))
        #expect(parsed["mode"] == .text("balanced") && parsed["internal"] == .list([]))
    }

    @Test func onlyTheFaultRendersAnEmptyAllowlist() throws {
        let strict = try Parsed.yaml(try PipelockConfig.render(PipelockInput(allowlist: [])))
        #expect(strict["api_allowlist"] == .texts(["none.invalid"]))
        let given = try Parsed.yaml(try PipelockConfig.render(PipelockInput(allowlist: [], policy: .strictAsGiven)))
        #expect(given["api_allowlist"] == .list([]) && given["mode"] == .text("strict"))
    }

    @Test func theFileIsJSONToo() throws {
        Property.check { generator in
            let entry = YAMLNode.Entry(HostileText.any(&generator), .text(HostileText.any(&generator)))
            let bytes = YAMLNode.json([entry])
            guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String],
                case .text(let value) = entry.value
            else { return "\(bytes)" }
            // By code points: two texts that look alike are not the same bytes.
            let same = object.first.map {
                $0.key.unicodeScalars.elementsEqual(entry.key.unicodeScalars)
                    && $0.value.unicodeScalars.elementsEqual(value.unicodeScalars)
            }
            return same == true ? nil : "\(object)"
        }
    }

    @Test func limitAndExemptionAreChecked() {
        var input = Samples.pipelock
        input.requestsPerMinute = 0
        #expect(throws: BottleError.self) { try PipelockConfig.render(input) }
        for address in ["10.0.0.0/8", "0.0.0.0/0", "host", ""] {
            input = Samples.pipelock
            input.exemptAddresses = [address]
            #expect(throws: BottleError.self) { try PipelockConfig.render(input) }
        }
    }
}
