// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// A point on the monotonic clock.
struct Deadline {
    private let end: UInt64

    /// So many microseconds from now.
    init(after microseconds: UInt64) {
        end = probe_microseconds() + microseconds
    }

    /// Whether it has passed.
    var isOver: Bool { probe_microseconds() >= end }

    /// Milliseconds left for `poll`, rounded up so that a wait never ends just before the deadline.
    var milliseconds: Int32 {
        let now = probe_microseconds()
        return now >= end ? 0 : Int32(clamping: (end - now + 999) / 1000)
    }

    /// Waits until the descriptor is ready; false when the deadline comes first.
    func wait(_ descriptor: Int32, forWrite: Bool) -> Bool {
        repeat {
            if Descriptor.wait(descriptor, forWrite: forWrite, milliseconds: milliseconds) { return true }
        } while !isOver
        return false
    }
}
