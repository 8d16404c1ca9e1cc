// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct BottlePlanTests {
    private let manifest = Manifest(
        bottles: [
            "dev": Manifest.Bottle(
                env: ["EDITOR": "vi", "http_proxy": "http://elsewhere", "DISABLE_ERROR_REPORTING": "0"],
                allowlist: ["API.example.com", "api.example.com", "*.example.org"],
                routes: [
                    Manifest.Route(host: "API.example.com", tokenVariable: "API_TOKEN", role: "claude_code_oauth")
                ]
            ),
            "plain": Manifest.Bottle(env: ["CLAUDE_CODE_OAUTH_TOKEN": "egress-placeholder", "GIT_GATE_URL": "x"]),
        ],
        agents: [
            "writer": Manifest.Agent(bottle: "dev", prompt: "Do it.\n"),
            "silent": Manifest.Agent(bottle: "plain"),
            "lost": Manifest.Agent(bottle: "gone"),
            "-x": Manifest.Agent(bottle: "dev"),
        ]
    )

    @Test func planHoldsEverythingThatIsDecided() throws {
        let plan = try BottlePlan.make(manifest: manifest, agentName: "writer", slug: "dev")
        #expect(plan.machineName == "claude-bottle-dev")
        #expect(plan.allowCIDRs == ["10.77.156.2/32"])
        #expect(plan.daemons == ["egress", "pipelock"])
        #expect(plan.prompt == "Do it.\n")
        #expect(plan.allowlist == ["api.example.com", "*.example.org"])
        #expect(plan.routes.map(\.host) == ["api.example.com"])
        let ca = "/etc/ssl/certs/ca-certificates.crt"
        #expect(
            plan.guestEnvironment == [
                "HTTPS_PROXY": "http://10.77.156.2:8888", "https_proxy": "http://10.77.156.2:8888",
                "HTTP_PROXY": "http://10.77.156.2:8888", "http_proxy": "http://10.77.156.2:8888",
                "NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1",
                "NODE_EXTRA_CA_CERTS": ca, "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca,
                "CLAUDE_CODE_OAUTH_TOKEN": "egress-placeholder",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_ERROR_REPORTING": "0", "EDITOR": "vi",
            ])
    }

    @Test func whatTheBottleDoesNotHaveIsAbsentWhateverTheManifestSays() throws {
        let plan = try BottlePlan.make(manifest: manifest, agentName: "silent", slug: "a")
        #expect(plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] == nil)
        #expect(plan.guestEnvironment["GIT_GATE_URL"] == nil)
        #expect(plan.guestEnvironment["DISABLE_ERROR_REPORTING"] == "1")
        #expect(plan.prompt.isEmpty)
        #expect(plan.agentCommand == ["claude"])
    }

    @Test func aPromptIsOneArgumentPair() throws {
        let plan = try BottlePlan.make(manifest: manifest, agentName: "writer", slug: "a")
        #expect(
            plan.agentCommand == ["claude", "--append-system-prompt-file", "/home/node/.claude-bottle-prompt.txt"])
    }

    @Test(arguments: [
        ("nobody", "a", BottleError.Code.usage, "There is no agent \"nobody\""),
        ("lost", "a", .input, "does not declare"),
        ("-x", "a", .input, "the agent name \"-x\""),
        ("writer", "../a", .usage, "The slug \"../a\""),
    ])
    func refusesWhatCannotWork(_ agent: String, _ slug: String, _ code: BottleError.Code, _ text: String) {
        let error = #expect(throws: BottleError.self) {
            try BottlePlan.make(manifest: manifest, agentName: agent, slug: slug)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(text) == true)
    }

    @Test(arguments: [
        Manifest.Bottle(env: ["A=B": "x"]),
        Manifest.Bottle(env: ["A": "x\0y"]),
        Manifest.Bottle(env: ["CLAUDE_CODE_OAUTH_TOKEN": "x\0y"]),
        Manifest.Bottle(env: ["CLAUDE_CODE_OAUTH_TOKEN": "mine"]),
        Manifest.Bottle(env: ["ALL_PROXY": "socks5://192.0.2.1"]),
        Manifest.Bottle(env: ["KEY": "-----BEGIN EC PRIVATE KEY-----"]),
        Manifest.Bottle(gitUpstreams: [Manifest.GitUpstream(name: "a", url: "file:///a")]),
        Manifest.Bottle(gitUpstreams: [
            Manifest.GitUpstream(name: "a", url: "git@a.example:a"),
            Manifest.GitUpstream(name: "A", url: "git@a.example:b"),
        ]),
        Manifest.Bottle(allowlist: ["http://a.example"]),
        Manifest.Bottle(allowlist: ["127.1"]),
        Manifest.Bottle(routes: [Manifest.Route(host: "*.example.com", tokenVariable: "T")]),
        Manifest.Bottle(routes: [Manifest.Route(host: "a.example", tokenVariable: "lower")]),
        Manifest.Bottle(routes: [Manifest.Route(host: "a.example", port: 0, tokenVariable: "T")]),
    ])
    func refusesValuesNoBackendCanUse(_ bottle: Manifest.Bottle) {
        let manifest = Manifest(bottles: ["b": bottle], agents: ["a": Manifest.Agent(bottle: "b")])
        let error = #expect(throws: BottleError.self) {
            try BottlePlan.make(manifest: manifest, agentName: "a", slug: "a")
        }
        #expect(error?.code == .input)
        #expect(error?.message.contains("x\0y") == false)
    }

    @Test(arguments: ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "::1", "[::1]", "fe80::1", "10.0.0.1:80"])
    func everySpellingOfAnAddressIsRefusedAsAHost(_ host: String) {
        #expect(ManifestRules.problem(withAllowedHost: host)?.contains("IP address") == true)
    }

    @Test(arguments: ["a", "localhost", "api.example.com", "*.example.com", "x_y.example", "3com.example", "a-b.c1"])
    func hostNamesAreAccepted(_ host: String) {
        #expect(ManifestRules.problem(withAllowedHost: host) == nil)
    }
}
