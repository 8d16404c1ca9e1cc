// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Synchronization

/// The bottles of one driver by slug: which there are, and which range of addresses each has.
final class BottleRegister<Bottle: Sendable>: Sendable {
    private enum Slot {
        /// A launch or a tear-down is under way.
        case busy
        case running(Bottle)
    }

    private struct Held {
        let octet: UInt8
        var slot: Slot
    }

    private let held = Mutex<[String: Held]>([:])

    /// The third octets of the ranges that are taken.
    var octets: [UInt8] { held.withLock { $0.values.map(\.octet) } }

    /// Those that are up.
    var running: [Bottle] {
        held.withLock { held in
            held.values.compactMap { each in
                guard case .running(let bottle) = each.slot else { return nil }
                return bottle
            }
        }
    }

    /// Takes a slug and its address range for a launch; what is taken is never shared.
    ///
    /// - Parameter sharesRanges: Whether a range may be taken twice, as only a fault has it.
    /// - Throws: `.launch` naming what stands against it.
    func reserve(_ plan: BottlePlan, sharesRanges: Bool = false) throws(BottleError) {
        let octet = plan.addresses.octet
        let conflict = held.withLock { held -> String? in
            if held[plan.slug] != nil { return "a bottle of that name runs already" }
            if !sharesRanges, let other = held.first(where: { $0.value.octet == octet }) {
                return "its address range \(plan.addresses.subnet) belongs to bottle \(other.key)"
            }
            held[plan.slug] = Held(octet: octet, slot: .busy)
            return nil
        }
        guard let conflict else { return }
        throw BottleError(.launch, "Bottle \(plan.slug) cannot be launched: \(conflict); choose another slug.")
    }

    /// Says that a bottle is up whose slug was reserved.
    func settle(_ bottle: Bottle, as slug: String) { held.withLock { $0[slug]?.slot = .running(bottle) } }

    /// Gives up the slug of a launch that failed.
    func release(_ slug: String) { _ = held.withLock { $0.removeValue(forKey: slug) } }

    /// A bottle that is up.
    ///
    /// - Throws: `.notFound` for one that is not.
    func find(_ id: BottleID) throws(BottleError) -> Bottle {
        let slot = held.withLock { $0[id.slug]?.slot }
        guard case .running(let bottle) = slot else {
            throw BottleError(.notFound, "There is no running bottle \(Quoted(id.slug)).")
        }
        return bottle
    }

    /// Takes a bottle down and forgets it; one that could not be taken down stays, and so does its range.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: `.launch` while it is being launched or destroyed, and what `tearDown` throws.
    func remove(_ id: BottleID, _ tearDown: @escaping @Sendable (Bottle) async throws -> Void) async throws -> Bool {
        let found = try held.withLock { held throws(BottleError) -> Bottle? in
            guard let each = held[id.slug] else { return nil }
            guard case .running(let bottle) = each.slot else {
                throw BottleError(.launch, "Bottle \(id) is being launched or destroyed at this moment.")
            }
            held[id.slug]?.slot = .busy
            return bottle
        }
        guard let bottle = found else { return false }
        do {
            // Awaited right here; a task of its own so that an interrupted run still cleans up.
            try await Task { try await tearDown(bottle) }.value
            release(id.slug)
            return true
        } catch {
            settle(bottle, as: id.slug)
            throw error
        }
    }
}
