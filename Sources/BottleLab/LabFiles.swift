// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The files of a lab: they are never changed once they have their place in the cache.
struct LabFiles: Sendable, Hashable {
    let directory: String
    var kernel: String { "\(directory)/vmlinuz" }
    var initial: String { "\(directory)/initrd.gz" }
    var disk: String { "\(directory)/disk.raw" }
    /// The memory of the stopped machine.
    var memory: String { "\(directory)/memory" }
    /// The rest of the stopped machine.
    var state: String { "\(directory)/state" }
    /// What it was made from, as JSON.
    var record: String { "\(directory)/lab.json" }
}
