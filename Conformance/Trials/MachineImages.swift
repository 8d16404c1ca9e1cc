// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    package import BottleBackends
    import BottleCore
    import ConformanceEngine
    import FoundationEssentials

    /// Images of a container engine that become microVMs.
    package struct MachineImages: TrialImages {
        private let images: MarkedImages
        private let engine: EngineCensus
        private let environment: [String: String]

        /// - Parameters:
        ///   - prepared: The guests' image.
        ///   - environment: The harness's own, by which smolvm's homes are found.
        package init(engine: EngineClient, prepared: DockerImages.Prepared, environment: [String: String]) {
            images = MarkedImages(engine: engine, images: prepared)
            self.engine = EngineCensus(engine: engine)
            self.environment = environment
        }

        package var markerPath: String { MarkedImages.path }

        package func make(
            _ reference: String, marker: String, slug: String, stateRoot: String
        ) async throws -> String {
            try await images.make(reference, marker: marker, slug: slug, stateRoot: stateRoot).hex
        }

        package func tag(_ digest: String, as reference: String) async throws {
            try await images.tag(ImageDigest(digest), as: reference)
        }

        package func digest(of reference: String) async throws -> String {
            try await images.digest(of: reference).hex
        }

        package func save(_ digest: String, to path: String) async throws {
            try await images.save(ImageDigest(digest), to: path)
        }

        package func remove(_ references: [String]) async throws { try await images.remove(references) }

        package func census() async throws -> Set<Remnant> {
            var found: Set<Remnant> = []
            for holding in try await engine.take() {
                guard let kind = Remnant.Kind(rawValue: holding.kind) else { continue }
                found.insert(Remnant(kind, holding.name))
            }
            // Homes of living processes, this one's among them, have an owner.
            for line in try SmolvmHome.sweep(environment: environment, dryRun: true) {
                found.insert(Remnant(.temporary, line))
            }
            for process in try SmolvmHome.orphans(environment: environment) {
                found.insert(Remnant(.monitor, "\(process)"))
            }
            return found
        }
    }
#endif
