// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import TOMLKit

/// TOML by toml++.
enum TOMLReader {
    static func read(_ text: String) throws(BottleError) -> JSONValue {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch {
            throw BottleError(.input, "It is no TOML: \(Quoted("\(error)", limit: 300))")
        }
        // Through the parser's own JSON: its Swift values end at the first NUL, which an escape may stand for.
        return try JSONValue.parse(table.convert(to: .json).utf8)
    }
}
