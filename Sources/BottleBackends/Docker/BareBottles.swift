// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Names, ranges and leases for bottles that somebody else than the driver makes on an engine.
///
/// They are marked like the driver's own, so that `gc` takes away what a killed program left of them.
package struct BareBottles: Sendable {
    /// One bottle to be made.
    package struct Bottle: Sendable, Hashable {
        package let slug: String
        package let addresses: AddressPlan
    }

    package let bottles: [Bottle]
    /// What the label `org.bottle-conformance.owner` of everything says that belongs to one of them.
    package let owner: String
    /// A private directory, which goes with the bottles, or with the next sweep.
    package let directory: String

    /// Reserves bottles for as long as `body` takes, and removes from the engine what `body` left of them.
    ///
    /// - Parameter stateRoot: The directory of all bottles, as `StateDirectory.make()` gives it.
    /// - Throws: What `body` throws; `.internalFault` when it succeeded and something of the bottles was still there.
    package static func with<Result>(
        _ count: Int, engine: EngineClient, stateRoot: String, _ body: (BareBottles) async throws -> Result
    ) async throws -> Result {
        let owner = try DockerSweep.owner(stateRoot: stateRoot)
        let bottles = draw(count)
        // The lease first: what is on the engine without one belongs to a dead run.
        let leases = try DirectoryLock.withLock(stateRoot) { () throws(BottleError) in
            var leases: [Lease] = []
            for bottle in bottles {
                try StateDirectory.makeNew("\(stateRoot)/\(bottle.slug)")
                leases.append(try Lease.take(directory: "\(stateRoot)/\(bottle.slug)"))
            }
            return leases
        }
        defer {
            withExtendedLifetime(leases) {
                // What stays is swept by the next run.
                for bottle in bottles { try? FileManager.default.removeItem(atPath: "\(stateRoot)/\(bottle.slug)") }
            }
        }
        let result: Result
        do {
            let directory = bottles.first.map { "\(stateRoot)/\($0.slug)" } ?? stateRoot
            result = try await body(BareBottles(bottles: bottles, owner: owner, directory: directory))
        } catch {
            // Awaited right here; a task of its own because what was interrupted has to be taken down as well.
            _ = await Task { try? await discard(bottles, engine, stateRoot) }.value
            throw error
        }
        let left = try await discard(bottles, engine, stateRoot)
        guard left.isEmpty else {
            throw BottleError(.internalFault, "What was measured left \(left.joined(separator: ", ")) on the engine.")
        }
        return result
    }

    /// Slugs nobody has, of ranges that differ.
    private static func draw(_ count: Int) -> [Bottle] {
        var bottles: [Bottle] = []
        while bottles.count < count {
            let slug = "floor-\(UInt32.random(in: 0...UInt32.max))"
            let addresses = AddressPlan(slug: slug)
            if bottles.contains(where: { $0.addresses.octet == addresses.octet }) { continue }
            bottles.append(Bottle(slug: slug, addresses: addresses))
        }
        return bottles
    }

    private static func discard(
        _ bottles: [Bottle], _ engine: EngineClient, _ stateRoot: String
    ) async throws -> [String] {
        try await DockerSweep.discard(Set(bottles.map(\.slug)), engine: engine, stateRoot: stateRoot)
    }
}
