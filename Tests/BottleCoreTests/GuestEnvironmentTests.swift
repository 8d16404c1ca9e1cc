// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct GuestEnvironmentTests {
    private let addresses = AddressPlan(slug: "dev")
    private let oauth = [Manifest.Route(host: "a.example", tokenVariable: "T", role: "claude_code_oauth")]

    @Test(arguments: [false, true], [false, true])
    func optionalPartsAppearExactlyWhenTheyRun(_ git: Bool, _ supervise: Bool) {
        for routes in [[], oauth] {
            let env = GuestEnvironment.make(
                addresses: addresses, manifest: [:], routes: routes, git: git, supervise: supervise)
            #expect(env["GIT_GATE_URL"] == (git ? "git://10.77.156.2:9418" : nil))
            #expect(env["MCP_SUPERVISE_URL"] == (supervise ? "http://10.77.156.2:9100" : nil))
            #expect(env["CLAUDE_CODE_OAUTH_TOKEN"] == (routes.isEmpty ? nil : "egress-placeholder"))
            #expect(env["NO_PROXY"] == (supervise ? "localhost,127.0.0.1,10.77.156.2" : "localhost,127.0.0.1"))
            #expect(env["no_proxy"] == env["NO_PROXY"])
            #expect(env.count == 11 + (git ? 1 : 0) + (supervise ? 1 : 0) + (routes.isEmpty ? 0 : 1))
        }
    }

    @Test func aManifestThatSetsEveryComputedKeyChangesNothing() {
        let bad = Dictionary(uniqueKeysWithValues: GuestEnvironment.computedVariables.map { ($0, "http://elsewhere") })
        for (git, supervise, routes) in [(false, false, []), (true, true, oauth)] {
            #expect(
                GuestEnvironment.make(
                    addresses: addresses, manifest: bad, routes: routes, git: git, supervise: supervise)
                    == GuestEnvironment.make(
                        addresses: addresses, manifest: [:], routes: routes, git: git, supervise: supervise))
        }
    }

    @Test(arguments: [
        "ALL_PROXY", "all_proxy", "Https_Proxy", "ftp_proxy", "npm_config_https_proxy", "GIT_SSH_COMMAND",
        "NODE_TLS_REJECT_UNAUTHORIZED", "node_tls_reject_unauthorized", "GIT_SSL_NO_VERIFY", "CURL_CA_BUNDLE",
        "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PYTHONPATH", "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
    ])
    func whatSteersAroundTheBottleIsRefused(_ name: String) throws {
        let reason = try #require(EnvironmentRules.problem(withVariable: name, value: "some value"))
        #expect(reason.contains("remove it"))
        #expect(!reason.contains("some value"))
    }

    @Test(arguments: [
        ("EDITOR", "vi"), ("NODE_OPTIONS", "--max-old-space-size=4096"), ("PATH", "/usr/bin"), ("PROXY", "x"),
        ("HTTPS_PROXY", "http://elsewhere"), ("no_proxy", "*"), ("GIT_AUTHOR_NAME", "A"), ("LDFLAGS", "-s"),
    ])
    func theRestPasses(_ name: String, _ value: String) {
        #expect(EnvironmentRules.problem(withVariable: name, value: value) == nil)
    }

    @Test(arguments: [
        ("-r ./x.js", "-r"), ("--require=./x.js", "--require"), ("--experimental_loader=x", "--experimental-loader"),
        ("--a \"--import\" x", "--import"), ("--use-openssl-ca", "--use-openssl-ca"),
    ])
    func optionsThatLoadCodeAreRefused(_ value: String, _ option: String) {
        let reason = EnvironmentRules.problem(withVariable: "NODE_OPTIONS", value: value)
        #expect(reason?.contains("its option \(option) would") == true)
    }

    /// Whatever a manifest says, the guest gets its variables byte for byte, the computed ones, and no other.
    @Test func hostileValuesNeverAddOrChangeAKey() throws {
        var generator = SeededGenerator(seed: 5)
        let computed = GuestEnvironment.make(addresses: AddressPlan(slug: "a"), manifest: [:], routes: [])
        var accepted = 0
        for _ in 0..<15_000 {
            var env: [String: String] = [:]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let isPlain = Int.random(in: 0..<4, using: &generator) > 0
                let name = isPlain ? "V\(Int.random(in: 0..<9, using: &generator))" : generator.hostileText(upTo: 3)
                env[name] = generator.hostileText(upTo: 8)
            }
            let manifest = Manifest(
                bottles: ["b": Manifest.Bottle(env: env)],
                agents: ["a": Manifest.Agent(bottle: "b", prompt: generator.hostileText(upTo: 9))])
            guard let plan = try? BottlePlan.make(manifest: manifest, agentName: "a", slug: "a") else { continue }
            accepted += 1
            let passed = env.filter { computed[$0.key] == nil && !GuestEnvironment.computedVariables.contains($0.key) }
            #expect(Set(plan.guestEnvironment.keys) == Set(computed.keys).union(passed.keys))
            #expect(passed.allSatisfy { Array((plan.guestEnvironment[$0] ?? "-").utf8) == Array($1.utf8) })
            #expect(computed.allSatisfy { plan.guestEnvironment[$0] == $1 })
            #expect(plan.agentCommand.count == (plan.prompt.isEmpty ? 1 : 3))
        }
        #expect(accepted > 3_000)
    }
}
