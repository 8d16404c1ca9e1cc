// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What dead runs left on this machine: state directories only, for processes, namespaces and mounts die with their world.
package enum Leftovers {
    /// Removes the state of bottles whose process is gone; those of living ones, and what is no bottle's, stay.
    ///
    /// - Parameter root: the directory of all bottles, as `StateDirectory.make()` gives it.
    /// - Returns: the directories removed, or with `dryRun` those that would be, sorted.
    package static func sweep(root: String, dryRun: Bool = false) throws(BottleError) -> [String] {
        try BottleState.sweep(root: root, dryRun: dryRun).map { "\(root)/\($0)" }
    }
}
