// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Synchronization
import Testing

@testable import ConformanceEngine

struct SuiteSourcesTests {
    private static let field = SessionField(
        canaries: [], unhosted: [:], port: 1, banner: "b", allowedHost: "a.test", deniedHost: "d.test",
        routedHost: "r.test", loopbackHost: "l.test", bundleHost: "u.test", zone: "test")
    private static let sources = SuiteSources(
        directory: "/suite", skillsDirectory: GuestSkills.standard, digest: { "digest" })

    @Test func theSuitesOwnManifestsCanBePlanned() throws {
        for bottle in SuiteBottle.all() {
            let request = bottle.request(
                field: Self.field, base: Manifest.Bottle(env: ["MINE": "1", SuiteVariables.plain: "taken"]),
                resolver: "192.0.2.1", sources: Self.sources)
            let plan = try BottlePlan.make(
                manifest: request.manifest, agentName: request.agentName, slug: request.slug)
            #expect(plan.skills == (bottle.session == .twin ? [] : [SuiteSkill.named]))
            #expect(plan.prompt.isEmpty == (bottle.session == .variant))
            #expect(plan.guestEnvironment["MINE"] == "1")
            #expect(SuiteVariables.verbatim.allSatisfy { plan.guestEnvironment[$0.key] == $0.value })
            #expect(request.manifestDirectory == "/suite")
        }
    }

    @Test func withoutSourcesNobodyAsksForAny() {
        for bottle in SuiteBottle.all() {
            let request = bottle.request(field: Self.field, base: Manifest.Bottle(), resolver: "192.0.2.1")
            #expect(request.manifest.agents.values.allSatisfy { $0.skills.isEmpty })
            #expect(request.manifestDirectory == nil)
        }
    }

    /// `printf 'd 0750 - d\nr 0640 <sha256 of abc> d/b\nl 0777 <sha256 of d/b> l\n' | sha256sum`, the digests written out.
    @Test func theDigestIsTheProbes() {
        let entries = [
            TreeDigest.Entry(path: "l", mode: 0o700, content: .link(target: "d/b")),
            TreeDigest.Entry(path: "d/b", mode: 0o640, content: .file(Array("abc".utf8))),
            TreeDigest.Entry(path: "d", mode: 0o750, content: .directory),
        ]
        let lines = [
            "d 0750 - d", "r 0640 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad d/b",
            "l 0777 \(SHA256.hex(Array("d/b".utf8))) l",
        ]
        #expect(TreeDigest.of(entries) == SHA256.hex(Array(lines.map { $0 + "\n" }.joined().utf8)))
        #expect(TreeDigest.of([]) == SHA256.hex([]))
    }

    @Test func theSuitesSkillsStayInside() {
        for skill in [SuiteSkill.named, SuiteSkill.unnamed] {
            let tree = SuiteSkill.tree(of: skill)
            #expect(Set(tree.map(\.path)).count == tree.count)
            #expect(tree.contains { $0.path == SuiteSkill.edited })
            for case .link(let target) in tree.map(\.content) { #expect(tree.contains { $0.path == target }) }
        }
    }
}
