// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import ConformanceEngine

/// One bottle that a driver is asked to plan.
package struct PlanScene: Sendable, Hashable {
    /// Names the scene in findings; unique in a check.
    package var name: String
    package var manifest: Manifest
    package var agentName: String
    package var slug: String

    package init(_ name: String, _ manifest: Manifest, agentName: String, slug: String) {
        self.name = name
        self.manifest = manifest
        self.agentName = agentName
        self.slug = slug
    }

    /// A bottle of one's own with an agent that brings nothing but, perhaps, a prompt.
    package init(_ name: String, _ bottle: Manifest.Bottle, prompt: String? = nil, slug: String? = nil) {
        self.init(
            name, Manifest(bottles: ["dev": bottle], agents: ["helper": Manifest.Agent(bottle: "dev", prompt: prompt)]),
            agentName: "helper", slug: slug ?? name)
    }

    /// What the driver is asked.
    package func step(
        artefacts: Set<Artefact.Kind> = [], tokens: [String: String] = [:], goldens: [String: String] = [:]
    ) -> PlanStep {
        PlanStep(
            key: name, manifest: manifest, agentName: agentName, slug: slug, artefacts: artefacts,
            plantedTokens: tokens, goldens: goldens)
    }
}

extension PlanDeclaration {
    /// Asks for the plans of scenes.
    mutating func plans(_ scenes: [PlanScene], artefacts: Set<Artefact.Kind> = []) {
        for scene in scenes { plan(scene.step(artefacts: artefacts)) }
    }
}
