// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@Suite struct BottlePathsTests {
    @Test func pathsFollowTheContract() throws {
        let paths = try BottlePaths(environment: ["HOME": "/home/me/"])
        #expect(paths.cache == "/home/me/.cache/claude-bottle")
        #expect(paths.state == "/home/me/.local/state/claude-bottle")
        let image = try ImageDigest("sha256:" + String(repeating: "0123456789abcdef", count: 4))
        #expect(paths.artefact(of: image) == "/home/me/.cache/claude-bottle/smolmachines/0123456789abcdef.smolmachine")
        #expect(paths.imageTar(of: image).hasSuffix("/0123456789abcdef.image.tar"))
        let bottle = paths.bottle(try Slug("dev"))
        #expect(bottle.directory == "/home/me/.local/state/claude-bottle/dev")
        #expect(Set(bottle.stateDirectories.keys) == ["agent", "pipelock", "egress", "git-gate", "supervise"])
        #expect(bottle.stateDirectories["git-gate"] == "\(bottle.directory)/git-gate")
        #expect(bottle.prompt == "\(bottle.directory)/agent/prompt.txt")
        #expect(bottle.metadata == "\(bottle.directory)/metadata.json")
        #expect(bottle.pipelockConfig == "\(bottle.directory)/pipelock/pipelock.yaml")
        #expect(bottle.routes == "\(bottle.directory)/egress/routes.yaml")
        #expect(bottle.smolfile == "\(bottle.directory)/stage/smolfile.toml")
        #expect(bottle.gvproxyConfig == "\(bottle.directory)/stage/gvproxy.yaml")
    }

    @Test func onlyAbsolutePathsCount() throws {
        let paths = try BottlePaths(environment: ["XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "s", "HOME": "/"])
        #expect(paths.cache == "/c/claude-bottle")
        #expect(paths.state == "/.local/state/claude-bottle")
        for environment in [[:], ["HOME": "me"], ["XDG_CACHE_HOME": "/c"]] {
            let error = #expect(throws: BottleError.self) { try BottlePaths(environment: environment) }
            #expect(error?.code == .usage)
        }
    }

    @Test func imagesAreTheUsersOrTheDefault() throws {
        #expect(try ImageReference(environment: [:]).text == "claude-bottle:latest")
        #expect(try !ImageReference(environment: ["CLAUDE_BOTTLE_IMAGE": ""]).isExplicit)
        let named = try ImageReference(environment: ["CLAUDE_BOTTLE_IMAGE": "reg.example:5000/a/b@sha256:00"])
        #expect(named.isExplicit && named.text == "reg.example:5000/a/b@sha256:00")
        // The default's own name, given by the user, is the user's.
        #expect(try ImageReference(environment: ["CLAUDE_BOTTLE_IMAGE": "claude-bottle:latest"]).isExplicit)
        for bad in ["--privileged", "a b", "a\n", "a:", String(repeating: "x", count: 600)] {
            let error = #expect(throws: BottleError.self) {
                try ImageReference(environment: ["CLAUDE_BOTTLE_IMAGE": bad])
            }
            #expect(error?.message.contains("CLAUDE_BOTTLE_IMAGE") == true)
        }
        for bad in ["", "sha256:", "sha512:00", String(repeating: "A", count: 64), "../../x"] {
            #expect(throws: BottleError.self) { try ImageDigest(bad) }
        }
    }

    @Test func skillsLandWhereTheUserSays() throws {
        #expect(try GuestSkills.directory(environment: [:]) == "/home/node/.claude/skills")
        #expect(try GuestSkills.directory(environment: ["CLAUDE_BOTTLE_GUEST_SKILLS_DIR": "/opt/s"]) == "/opt/s")
        for bad in ["opt", "/", "/a/../b", "/a//b", "/a\n"] {
            #expect(throws: BottleError.self) {
                try GuestSkills.directory(environment: ["CLAUDE_BOTTLE_GUEST_SKILLS_DIR": bad])
            }
        }
    }

    @Test func metadataHasTheContractsKeysAndResumes() throws {
        let manifest = Manifest(
            bottles: ["b": Manifest.Bottle()],
            agents: ["a": Manifest.Agent(bottle: "b"), "c": Manifest.Agent(bottle: "b", copyCwd: true)])
        for (agent, cwd) in [("a", ""), ("c", "/work/tree")] {
            let plan = try BottlePlan.make(manifest: manifest, agentName: agent, slug: "dev")
            let metadata = BottleMetadata(plan: plan, userDirectory: "/work/tree", startedAt: 1_769_860_800)
            let data = try JSONEncoder().encode(metadata)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(
                Set(object.keys) == ["identity", "agent_name", "cwd", "copy_cwd", "started_at", "compose_project"])
            #expect(object["started_at"] as? String == "2026-01-31T12:00:00Z")
            #expect(object["cwd"] as? String == cwd)
            #expect((object["compose_project"] as? String)?.isEmpty == true)
            let read = try JSONDecoder().decode(BottleMetadata.self, from: data)
            #expect(read == metadata)
            #expect(try read.slug().text == "dev")
        }
    }

    @Test func aForgedIdentityIsNoSlug() throws {
        let plan = try BottlePlan.make(
            manifest: Manifest(bottles: ["b": Manifest.Bottle()], agents: ["a": Manifest.Agent(bottle: "b")]),
            agentName: "a", slug: "dev")
        var metadata = BottleMetadata(plan: plan, userDirectory: "", startedAt: 0)
        metadata.identity = "../dev"
        #expect(throws: BottleError.self) { try metadata.slug() }
    }

    @Test func timesAgreeWithAnotherImplementation() throws {
        let plan = try BottlePlan.make(
            manifest: Manifest(bottles: ["b": Manifest.Bottle()], agents: ["a": Manifest.Agent(bottle: "b")]),
            agentName: "a", slug: "dev")
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<10_000 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)
            let expected = Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
            // Before October 1582 the other one counts by the Julian calendar.
            guard seconds > -12_219_292_800 else { continue }
            #expect(BottleMetadata(plan: plan, userDirectory: "", startedAt: seconds).startedAt == expected)
        }
    }
}
