// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TOMLKit
import Yams

/// What an independent parser read.
enum Parsed: Hashable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([Parsed])
    case map([String: Parsed])

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads one YAML document; keys that are there twice are an error.
    static func yaml(_ bytes: [UInt8]) throws -> Parsed {
        let text = String(decoding: bytes, as: UTF8.self)
        let documents = try Array(Yams.load_all(yaml: text))
        guard documents.count == 1 else { throw Unreadable(description: "\(documents.count) documents:\n\(text)") }
        return try value(documents[0])
    }

    /// Reads a TOML document, through the parser's own JSON: its texts end at the first NUL otherwise.
    static func toml(_ bytes: [UInt8]) throws -> Parsed {
        let table = try TOMLTable(string: String(decoding: bytes, as: UTF8.self))
        // In ASCII: Foundation drops a byte order mark that stands as itself behind an escape.
        var json = ""
        for scalar in table.convert(to: .json).unicodeScalars {
            if scalar.isASCII {
                json.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 { json += "\\u" + String(unit, radix: 16).leftPadded }
            }
        }
        return try value(try JSONSerialization.jsonObject(with: Data(json.utf8)))
    }

    /// The entries of a map, none for anything else.
    var entries: [String: Parsed] {
        if case .map(let entries) = self { entries } else { [:] }
    }

    /// The elements of a list, none for anything else.
    var elements: [Parsed] {
        if case .list(let elements) = self { elements } else { [] }
    }

    /// A value below a key.
    subscript(key: String) -> Parsed? { entries[key] }

    /// The value that two texts have to have in common with a list of texts.
    static func texts(_ texts: [String]) -> Parsed { .list(texts.map(Parsed.text)) }

    private static func value(_ any: Any) throws -> Parsed {
        switch any {
        case let text as String: return .text(text)
        case let flag as Bool: return .bool(flag)
        case let number as Int: return .number(number)
        case let list as [Any]: return .list(try list.map(value))
        case let map as [String: Any]: return .map(try map.mapValues(value))
        case let map as [AnyHashable: Any]:
            var result: [String: Parsed] = [:]
            for (key, element) in map {
                guard let key = key as? String else { throw Unreadable(description: "the key \(key) is no text") }
                result[key] = try value(element)
            }
            return .map(result)
        default: throw Unreadable(description: "a value of the type \(type(of: any))")
        }
    }
}

extension String {
    /// Four digits.
    fileprivate var leftPadded: String { String(repeating: "0", count: 4 - count) + self }
}

// Two texts with the same look are still two: Swift's == would not tell them apart.
extension Parsed {
    static func == (first: Parsed, second: Parsed) -> Bool {
        switch (first, second) {
        case (.text(let first), .text(let second)): first.utf8.elementsEqual(second.utf8)
        case (.number(let first), .number(let second)): first == second
        case (.bool(let first), .bool(let second)): first == second
        case (.list(let first), .list(let second)): first == second
        case (.map(let first), .map(let second)): first == second
        default: false
        }
    }
}
