// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension PlanScene {
    /// The bottles whose contracts are frozen; the manifests stand in `Fixtures/manifests` as well, and a test compares.
    package static let standard: [PlanScene] = [
        standard("minimal", minimal), standard("everything", everything, agent: "writer"),
        standard("routes-only", routesOnly), standard("git-only", gitOnly),
        standard("supervise-only", superviseOnly), standard("no-prompt", noPrompt, agent: "silent"),
        standard("hostile-strings", hostileStrings, agent: "hostile.name_1-x"), standard("large", large),
    ]

    private static func standard(_ name: String, _ manifest: Manifest, agent: String = "helper") -> PlanScene {
        PlanScene(name, manifest, agentName: agent, slug: "standard-\(name)")
    }

    private static func manifest(_ bottle: Manifest.Bottle, prompt: String? = nil, agent: String = "helper")
        -> Manifest
    {
        Manifest(bottles: ["dev": bottle], agents: [agent: Manifest.Agent(bottle: "dev", prompt: prompt)])
    }

    private static let minimal = manifest(Manifest.Bottle(), prompt: "Say hello.\n")

    private static let everything = Manifest(
        bottles: [
            "dev": Manifest.Bottle(
                env: [
                    "EDITOR": "vi", "DISABLE_ERROR_REPORTING": "0", "HTTPS_PROXY": "http://198.51.100.9:1",
                    "PORT": "8080",
                ],
                allowlist: ["api.example.com", "*.packages.example.org", "Registry.Example.NET"],
                routes: [
                    Manifest.Route(
                        host: "api.example.com", tokenVariable: "API_TOKEN", role: "claude_code_oauth"),
                    Manifest.Route(
                        host: "registry.example.net", scheme: .http, port: 8081, tokenVariable: "REGISTRY_TOKEN"),
                ],
                gitUpstreams: [
                    Manifest.GitUpstream(
                        name: "app", url: "ssh://git@git.example.com/team/app.git", identity: "keys/app",
                        knownHosts: "keys/known_hosts"),
                    Manifest.GitUpstream(name: "docs", url: "https://git.example.com/team/docs.git"),
                ],
                supervise: true),
            "quiet": Manifest.Bottle(),
        ],
        agents: [
            "writer": Manifest.Agent(
                bottle: "dev", prompt: "Fix the failing test.\n\nThen stop.\n", skills: ["review"], copyCwd: true),
            "reader": Manifest.Agent(bottle: "quiet", prompt: "Read only."),
        ])

    private static let routesOnly = manifest(
        Manifest.Bottle(routes: [
            Manifest.Route(host: "origin.bottle.test", scheme: .http, port: 8080, tokenVariable: "ORIGIN_TOKEN")
        ]))

    private static let gitOnly = manifest(
        Manifest.Bottle(gitUpstreams: [
            Manifest.GitUpstream(
                name: "app", url: "ssh://git@git.example.com:2222/team/app.git", identity: "keys/app",
                knownHosts: "keys/known_hosts"),
            Manifest.GitUpstream(name: "docs", url: "git@git.example.com:team/docs.git"),
            Manifest.GitUpstream(name: "public", url: "https://git.example.org/public/tool.git"),
        ]))

    private static let superviseOnly = manifest(Manifest.Bottle(supervise: true))

    private static let noPrompt = manifest(Manifest.Bottle(allowlist: ["api.example.com"]), agent: "silent")

    private static let hostileStrings = manifest(
        Manifest.Bottle(env: [
            "QUOTES": "it's \"quoted\" and $(id) and `id` and ${HOME}",
            "NEWLINES": "first\nsecond\r\nthird\n",
            "YAML": "- *anchor &x !tag {a: b} # no comment",
            "UNICODE": "\u{202e}right to left \u{7} bell \u{1F600}",
            "EMPTY": "",
            "EQUALS": "A=B=C",
            "DASHES": "--",
        ]),
        prompt:
            "--append-system-prompt-file /etc/passwd\n'; rm -rf / #\n\t\u{1}\u{2028} \\n %s %n {{x}} </prompt>",
        agent: "hostile.name_1-x")

    /// More than fits on a page, of everything there may be more than one of.
    private static let large = manifest(
        Manifest.Bottle(
            env: Dictionary(uniqueKeysWithValues: (0..<40).map { ("SETTING_\($0)", "value \($0)") }),
            allowlist: (0..<60).map { "host-\($0).example.com" },
            routes: (0..<12).map { number in
                Manifest.Route(host: "host-\(number).example.com", tokenVariable: "TOKEN_\(number % 4)")
            },
            gitUpstreams: (0..<6).map { number in
                Manifest.GitUpstream(
                    name: "repository-\(number)", url: "ssh://git@git.example.com/team/\(number).git",
                    identity: "keys/\(number)", knownHosts: "keys/known_hosts")
            },
            supervise: true),
        prompt: (0..<40).map { "- line \($0): [keep] {all} *of* &it # exactly \"so\"\n" }.joined())
}
