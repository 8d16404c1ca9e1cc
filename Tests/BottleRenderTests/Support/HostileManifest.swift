// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// A manifest of somebody who wants to get out of the files that are made of it.
enum HostileManifest {
    /// A request for its one agent: hostile where the manifest's rules leave it free, now and then also where they do not.
    static func request(_ generator: inout SeededGenerator) -> LaunchRequest {
        let bottle = Manifest.Bottle(
            env: HostileText.environment(&generator), allowlist: generator.list(4, host), routes: routes(&generator),
            gitUpstreams: upstreams(&generator), supervise: generator.flag())
        let agent = Manifest.Agent(
            bottle: "b", prompt: generator.flag() ? HostileText.any(&generator) : nil,
            skills: generator.flag() ? ["review"] : [], copyCwd: generator.flag())
        return LaunchRequest(
            manifest: Manifest(bottles: ["b": bottle], agents: ["a": agent]), agentName: "a", slug: slug(&generator),
            network: .bottle, resolver: "192.0.2.53", tokens: [:], manifestDirectory: "/m")
    }

    private static func slug(_ generator: inout SeededGenerator) -> String {
        let letters = Array("abcxyz0189")
        return "s" + String(generator.list(12) { $0.pick(letters) })
    }

    /// A host name; one in many is none, or one with something behind it.
    private static func host(_ generator: inout SeededGenerator) -> String {
        let name = generator.pick(["a.example", "B.example", "no", "*.c.example", "_d.example", "xn--e.example"])
        return generator.below(40) == 0 ? name + HostileText.any(&generator) : name
    }

    private static func routes(_ generator: inout SeededGenerator) -> [Manifest.Route] {
        let hosts = ["api.example", "Git.example", "yes"].filter { _ in generator.flag() }
        return hosts.map { host in
            Manifest.Route(
                host: host, scheme: generator.flag() ? .https : .http,
                port: generator.flag() ? UInt16(1 + generator.below(65_535)) : nil,
                tokenVariable: generator.pick(["A_TOKEN", "B_TOKEN", "_"]))
        }
    }

    private static func upstreams(_ generator: inout SeededGenerator) -> [Manifest.GitUpstream] {
        let names = ["app", "0x10", "A_b.c-d"].filter { _ in generator.flag() }
        return names.map { name in
            let url = generator.pick([
                "ssh://git@git.example:2222/a~b/%24(id).git", "g_it@git.example:+/x", "https://git.example/[",
                "https://git.example/%60id%60", "ssh://git.example/a:b",
            ])
            let file = HostileText.path(&generator).dropFirst().description
            let hasKey = ManifestRules.isSSH(url) && generator.flag()
            return Manifest.GitUpstream(name: name, url: url, identity: hasKey ? file : nil)
        }
    }
}
