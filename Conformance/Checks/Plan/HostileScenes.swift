// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// Bottles whose values mean something in some format: to be refused, or to come out of every file as they went in.
enum HostileScenes {
    /// How many variables every one of the bottles with hostile environments has.
    static let variables = (0..<6).map { "V\($0)" }
    private static let slug = "hostile-values"

    /// What the others are compared with: the same bottle with plain values.
    static let plain = environment("plain values", variables.map { _ in "plain" }, prompt: "plain")

    /// Values that end, open or repeat something in TOML, YAML, JSON, compose or a shell.
    private static let texts: [[String]] = [
        ["\"", "'", "\\", "\\\"", "'''", "\"\"\""],
        ["]", "[[net]]", "a\"]\nallow_cidrs = [\"0.0.0.0/0\"", "}", "{{x}}", "${HOME}"],
        ["$HOME", "$$", "${X:-y}", "$(id)", "`id`", "$\u{301}x"],
        ["first\nsecond", "a\r\nb", "\n", "\t", "trailing ", " leading"],
        ["- x", "key: value", "*anchor", "&anchor", "!tag", "# comment"],
        ["---", "...", "<<", "=", "yes", "null"],
        ["--net", "-p", "--", "-e X=Y", "--allow-cidr=0.0.0.0/0", "-"],
        ["\u{1}\u{7}\u{1b}[2J", "\u{7f}", "\u{85}", "\u{2028}\u{2029}", "\u{feff}x", "\u{fffd}"],
        ["\u{202e}abc", "\u{200b}\u{200d}", "\u{1f600}", "\u{e9}", "e\u{301}", "\u{10fffd}"],
        ["A=B=C", "=", "", "a,b", "a;b|c&d>e<f", "%s%n%x"],
        ["0", "1.5", "true", "2026-01-31", "0x10", "1e3"],
        [
            String(repeating: "x", count: 4096), String(repeating: "\"", count: 64), String(repeating: "\\", count: 65),
            "\\u0041\\n\\x41", "\\U00000000", "%0A",
        ],
    ]

    /// Bottles with a hostile environment and a hostile prompt.
    static let environments = texts.enumerated().map { index, values in
        environment("hostile values \(index + 1)", values, prompt: values.joined(separator: "\n"))
    }

    private static func environment(_ name: String, _ values: [String], prompt: String) -> PlanScene {
        let env = Dictionary(zip(variables, values)) { first, _ in first }
        return PlanScene(name, Manifest.Bottle(env: env), prompt: prompt, slug: slug)
    }

    // MARK: Repositories

    /// What scripts with other repositories are compared with.
    static let plainRepository = repository("a plain repository", "ssh://git@git.bottle.test/team/app.git")
    /// As strange as an address may be.
    static let oddRepository = repository(
        "an odd repository", "ssh://git.user_x-y@git.bottle.test:2222/~team/a%27b+c.git", name: "Tool-box_2.x")

    private static let addresses = [
        "ssh://git@git.bottle.test/x'; id #", "ssh://git@git.bottle.test/$(id)", "ssh://git@git.bottle.test/`id`",
        "ssh://git@git.bottle.test/x\nid", "ssh://-oProxyCommand=id/x", "ssh://-o@git.bottle.test/x",
        "ext::sh -c id", "--upload-pack=id", "file:///etc", "ssh://git@git.bottle.test/../x",
        "ssh://git@git.bottle.test/x\u{0}y",
        "ssh://git@git.bottle.test/\"x\"", "ssh://git@git.bottle.test/a b",
    ]
    private static let names = ["x'y", "$(id)", "-x", "a b", "a\nb", "../x", "x.git", ""]

    /// Bottles with a hostile repository.
    static let repositories =
        addresses.enumerated().map { repository("hostile address \($0 + 1)", $1) }
        + names.enumerated().map {
            repository("hostile repository \($0 + 1)", "ssh://git@git.bottle.test/x.git", name: $1)
        }

    private static func repository(_ scene: String, _ url: String, name: String = "app") -> PlanScene {
        let upstream = Manifest.GitUpstream(
            name: name, url: url, identity: "keys/app", knownHosts: "keys/known_hosts")
        return PlanScene(scene, Manifest.Bottle(gitUpstreams: [upstream]), slug: slug)
    }

    // MARK: Hosts

    private static let hosts = [
        "x: y", "\"", "a\nb.bottle.test", "*", "*.*", "a.bottle.test\n- evil.bottle.test", "https://a.bottle.test",
        "a.bottle.test:443", "127.0.0.1", "", "-x", "a b", "\u{202e}x.test",
    ]

    /// Bottles with a hostile host in the allowlist, and in a route.
    static let listed =
        hosts.enumerated().map {
            PlanScene("hostile host \($0 + 1)", Manifest.Bottle(allowlist: [$1]), slug: slug)
        }
        + hosts.enumerated().map {
            let route = Manifest.Route(host: $1, tokenVariable: "API_TOKEN")
            return PlanScene("hostile route \($0 + 1)", Manifest.Bottle(routes: [route]), slug: slug)
        }
        + ["a\nb", "\"", "x y", "", "-e", "LD_PRELOAD"].enumerated().map {
            let route = Manifest.Route(host: "api.bottle.test", tokenVariable: $1)
            return PlanScene("hostile token \($0 + 1)", Manifest.Bottle(routes: [route]), slug: slug)
        }

    /// All that may be refused.
    static let refusable = environments + repositories + listed
}
