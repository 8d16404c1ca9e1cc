// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest
import Foundation
import Testing

@Suite struct ManifestDecoderTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/manifests")

    private func decode(_ name: String) throws -> Manifest {
        let text = try String(contentsOf: Self.directory.appending(path: name), encoding: .utf8)
        return try ManifestDecoder.decode(yaml: text, file: name)
    }

    @Test func minimal() throws {
        let expected = Manifest(
            bottles: ["dev": Manifest.Bottle()],
            agents: ["helper": Manifest.Agent(bottle: "dev", prompt: "Say hello.\n")]
        )
        #expect(try decode("minimal.yaml") == expected)
    }

    @Test func everything() throws {
        let manifest = try decode("everything.yaml")
        let dev = try #require(manifest.bottles["dev"])
        #expect(dev.env["PORT"] == "8080")
        #expect(dev.allowlist == ["api.example.com", "*.packages.example.org", "Registry.Example.NET"])
        #expect(
            dev.routes == [
                Manifest.Route(host: "api.example.com", tokenVariable: "API_TOKEN", role: "claude_code_oauth"),
                Manifest.Route(
                    host: "registry.example.net", scheme: .http, port: 8081, tokenVariable: "REGISTRY_TOKEN"),
            ])
        #expect(dev.routes.map(\.effectivePort) == [443, 8081])
        #expect(manifest.bottles["quiet"] == Manifest.Bottle())
        #expect(manifest.agents["writer"]?.prompt == "Fix the failing test.\n\nThen stop.\n")
    }

    @Test func routesOnlyAndNoPrompt() throws {
        let routes = try decode("routes-only.yaml")
        #expect(routes.bottles["dev"]?.routes.first?.tokenVariable == "ORIGIN_TOKEN")
        #expect(routes.bottles["dev"]?.allowlist.isEmpty == true)
        let silent = try decode("no-prompt.yaml").agents["silent"]
        #expect(silent == Manifest.Agent(bottle: "dev"))
    }

    @Test func hostileStringsSurviveUnchanged() throws {
        let manifest = try decode("hostile-strings.yaml")
        let env = try #require(manifest.bottles["dev"]?.env)
        #expect(env["QUOTES"] == #"it's "quoted" and $(id) and `id` and ${HOME}"#)
        #expect(env["NEWLINES"] == "first\nsecond\r\nthird\n")
        #expect(env["UNICODE"] == "\u{202e}right to left \u{7} bell \u{1F600}")
        #expect(env["EMPTY"]?.isEmpty == true)
        let plan = try BottlePlan.make(manifest: manifest, agentName: "hostile.name_1-x", slug: "h")
        #expect(plan.prompt.hasPrefix("--append-system-prompt-file /etc/passwd\n'; rm -rf / #\n\t\u{1}\u{2028} \\n"))
        #expect(plan.guestEnvironment["YAML"] == "- *anchor &x !tag {a: b} # no comment")
    }

    @Test(arguments: [
        ("empty", "1:1", "empty document"), ("comment-only", "1:1", "empty document"),
        ("no-agents", "1:1", "no key \"agents\""), ("unknown-key", "3:5", "unknown key \"allow_list\""),
        ("number-for-string", "4:13", "bare number \"8080\""), ("string-for-list", "3:16", "expected a list"),
        ("duplicate-name", "2:3", "\"dev\" more than once"), ("duplicate-key", "1:1", "\"bottles\" more than once"),
        ("unknown-bottle", "5:13", "found \"prod\""), ("host-with-scheme", "4:9", "it has a scheme"),
        ("host-with-port", "3:17", "it has a port"), ("address-literal", "3:17", "IP address"),
        ("double-wildcard", "3:17", "a leading \"*.\""), ("wildcard-route", "5:17", "only in an allowlist"),
        ("port-out-of-range", "6:17", "1 to 65535"), ("token-value", "6:18", "variable"),
        ("duplicate-route", "7:11", "second route to https://a.example:443"),
        ("bad-variable", "4:7", "found \"2FAST\""), ("bad-name", "2:3", "found \"../dev\" as a name"),
        ("null-prompt", "6:12", "found nothing for prompt"), ("broken-yaml", "4:1", "broken YAML"),
        ("two-documents", "3:1", "another document"), ("undefined-alias", "2:8", "undefined alias"),
    ])
    func brokenManifestsAreRefusedAtTheirPlace(_ name: String, _ place: String, _ text: String) throws {
        let error = #expect(throws: BottleError.self) { try decode("broken/\(name).yaml") }
        let message = try #require(error?.message)
        #expect(error?.code == .input)
        #expect(message.hasPrefix("broken/\(name).yaml:\(place)"), "\(message)")
        #expect(message.contains(text), "\(message)")
        #expect(!message.contains("not-a-variable"), "a token's text must not be repeated")
    }

    @Test func everyBrokenFixtureIsTested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.appending(path: "broken").path)
        #expect(files.count == 23)
    }

    @Test func deepNestingIsAnErrorAndNoCrash() {
        for depth in [900, 5000] {
            let text = "bottles: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(throws: BottleError.self) { try ManifestDecoder.decode(yaml: text, file: "deep") }
        }
    }

    @Test func oversizeIsRefusedBeforeParsing() {
        let text = String(repeating: "#", count: ManifestDecoder.maximumSize + 1)
        let error = #expect(throws: BottleError.self) { try ManifestDecoder.decode(yaml: text, file: "big") }
        #expect(error?.message.contains("1048577 bytes") == true)
    }
}
