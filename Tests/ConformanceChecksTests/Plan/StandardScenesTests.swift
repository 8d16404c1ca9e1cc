// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest
import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceChecks

/// The standard bottles in the program are those in `Fixtures/manifests`.
@Suite struct StandardScenesTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/manifests")

    @Test(arguments: PlanScene.standard.map(\.name).filter { $0 != "large" })
    func theManifestIsTheFixture(name: String) throws {
        let scene = try #require(PlanScene.standard.first { $0.name == name })
        let path = Self.directory.appending(path: "\(name).yaml").path
        #expect(try ManifestFile.load(path).manifest == scene.manifest)
    }

    @Test func everySceneCanBePlanned() throws {
        for scene in PlanScene.standard + PlanScene.features {
            let step = scene.step()
            #expect(ExpectedPlan(step) != nil, "\(scene.name)")
            _ = try BottlePlan.make(manifest: step.manifest, agentName: step.agentName, slug: step.slug)
        }
        #expect(PlanScene.standard.count == 8 && Set(PlanScene.features.map(\.name)).count == 8)
        let large = try #require(PlanScene.standard.last)
        #expect(large.manifest.bottles["dev"]?.allowlist.count == 60)
    }

    @Test func noTwoScenesShareASlugInOneCheck() {
        let scenes = PlanScene.standard + PlanScene.features
        #expect(Set(scenes.map(\.slug)).count == scenes.count)
    }
}
