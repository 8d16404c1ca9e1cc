// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What the guests of a driver are made from.
package enum GuestImage: Sendable {
    /// A `.smolmachine` file that is there already.
    case artefact(String)
    /// What an image is at the moment of a launch, converted where that was not done before.
    case reference(DockerImages, MachineArtefacts)

    /// The artefact for a launch.
    ///
    /// - Parameters:
    ///   - flaws: What is broken on purpose.
    ///   - before: Called right before every step, which fails with its error: `image`, and those of a conversion where there is
    ///     one; for an artefact that is there, never.
    func artefact(
        _ flaws: ConversionFlaws, before: (_ step: String) async throws -> Void
    ) async throws -> String {
        switch self {
        case .artefact(let path): return path
        case .reference(let images, let artefacts):
            try await before("image")
            var flaws = flaws
            flaws.reference = images.image.text
            return try await artefacts.artefact(
                of: ImageDigest(try await images.guest()), flaws: flaws, before: before)
        }
    }
}
