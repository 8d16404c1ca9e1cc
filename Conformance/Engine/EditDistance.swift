// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody probably meant.
enum EditDistance {
    /// The candidates closest to `word` by edits of single characters, best first, at most `limit` of them.
    static func nearest(to word: String, among candidates: [String], limit: Int = 3) -> [String] {
        // A pattern as long as a novel is nobody's typing error; its beginning is enough.
        let wanted = Array(word.lowercased().utf8.prefix(64))
        let ranked = candidates.map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return ranked.prefix(limit).map(\.name)
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, unit) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let substituted = diagonal + (unit == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
