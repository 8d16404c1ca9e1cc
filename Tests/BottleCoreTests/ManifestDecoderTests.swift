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
        try ManifestFile.load(Self.directory.appending(path: name).path).manifest
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
        #expect(
            dev.gitUpstreams == [
                Manifest.GitUpstream(
                    name: "app", url: "ssh://git@git.example.com/team/app.git", identity: "keys/app",
                    knownHosts: "keys/known_hosts"),
                Manifest.GitUpstream(name: "docs", url: "https://git.example.com/team/docs.git"),
            ])
        #expect(dev.supervise)
        let prompt = "Fix the failing test.\n\nThen stop.\n"
        let expected = Manifest.Agent(bottle: "dev", prompt: prompt, skills: ["review"], copyCwd: true)
        #expect(manifest.agents["writer"] == expected)
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

    @Test func gitOnly() throws {
        let upstreams = try #require(try decode("git-only.yaml").bottles["dev"]?.gitUpstreams)
        #expect(upstreams.map(\.name) == ["app", "docs", "public"])
        #expect(upstreams.map { ManifestRules.isSSH($0.url) } == [true, true, false])
        #expect(upstreams[1] == Manifest.GitUpstream(name: "docs", url: "git@git.example.com:team/docs.git"))
    }

    @Test func superviseOnly() throws {
        #expect(try decode("supervise-only.yaml").bottles["dev"] == Manifest.Bottle(supervise: true))
    }

    @Test func skills() throws {
        let agent = try #require(try decode("skills.yaml").agents["helper"])
        #expect(agent.skills == ["review", "release-notes"])
        #expect(agent.copyCwd)
        for skill in agent.skills {
            let path = try ManifestDirectory.resolve(GuestSkills.source(of: skill), in: Self.directory.path)
            #expect(FileManager.default.fileExists(atPath: "\(path)/SKILL.md"))
        }
    }

    @Test func agentsAsMarkdown() throws {
        let agents = try decode("agents.yaml").agents
        let reviewer = try #require(agents["reviewer"])
        #expect(reviewer.skills == ["review", "release-notes"])
        #expect(reviewer.copyCwd)
        let prompt = try #require(reviewer.prompt)
        #expect(prompt.hasPrefix("# Reviewer\n\nRead the change.  Two spaces at the end:  \n---\nThat line is text."))
        #expect(prompt.hasSuffix("\u{fc}, no newline at the end"))
        #expect(agents["silent"] == Manifest.Agent(bottle: "dev", prompt: ""))
        #expect(agents["inline"] == Manifest.Agent(bottle: "dev", prompt: "Stay here."))
    }

    @Test func withoutAFileThereIsNothingBesideAManifest() throws {
        let text = "bottles: {dev: {}}\nagents: {a: {file: agents/a.md}}\n"
        let error = #expect(throws: BottleError.self) { try ManifestDecoder.decode(yaml: text, file: "m") }
        #expect(error?.message.contains("m:2:20:") == true)
    }

    @Test func plainValuesMayHaveAliases() throws {
        let text = "bottles: {dev: {allowlist: [&host a.example], env: {HOST: *host}}}\nagents: {}\n"
        let manifest = try ManifestDecoder.decode(yaml: text, file: "m")
        #expect(manifest.bottles["dev"]?.env == ["HOST": "a.example"])
    }
}
