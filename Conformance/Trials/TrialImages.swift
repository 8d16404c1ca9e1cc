// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    package import ConformanceEngine

    /// What a trial of conversions needs of the machine: images to be converted, and a look at everything that might serve for it,
    /// both past the driver.
    package protocol TrialImages: Sendable {
        typealias Remnant = TeardownOutcome.Remnant

        /// Where the file stands in a guest that tells its image from others.
        var markerPath: String { get }
        /// Makes an image under a reference: that of the guests, and the file with the marker.
        ///
        /// - Parameters:
        ///   - slug: A bottle's of the trial; what is in the making bears its mark.
        ///   - stateRoot: The directory of the trial's bottles.
        /// - Returns: Its digest, 64 hex digits.
        func make(_ reference: String, marker: String, slug: String, stateRoot: String) async throws -> String
        /// Has a reference stand for an image.
        func tag(_ digest: String, as reference: String) async throws
        /// What a reference stands for, 64 hex digits.
        func digest(of reference: String) async throws -> String
        /// Writes the archive of an image to a file that is not there.
        func save(_ digest: String, to path: String) async throws
        /// Takes references away, and the images that have no other.
        func remove(_ references: [String]) async throws
        /// Everything that could serve for a conversion, whosever it is: what an engine holds, and machines without an owner.
        func census() async throws -> Set<Remnant>
    }
#endif
