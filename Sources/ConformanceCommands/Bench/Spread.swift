// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What several rounds of one measurement came to.
struct Spread: Encodable, Sendable, Hashable {
    /// In the order of the rounds.
    let values: [Double]
    let lowest: Double
    let median: Double
    let highest: Double

    /// - Returns: nil without a value.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        self.values = values
        lowest = first
        highest = last
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
