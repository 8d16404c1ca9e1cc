// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The JSON Schema of a manifest, for editors; rules beyond its shape are the decoder's.
package enum ManifestSchema {
    /// The whole document: deterministic, sorted keys, one trailing newline.
    ///
    /// - Throws: `.internalFault` when it has no JSON form.
    package static func render() throws(BottleError) -> [UInt8] {
        guard case .object(var root) = schema(of: .object(ManifestShape.manifest)) else {
            throw BottleError(.internalFault, "The schema of a manifest is no object.")
        }
        root["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
        root["title"] = .string("bottle-conformance manifest")
        root["description"] = .string("Bottles, and the agents that run in them.")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(Value.object(root))) + [UInt8(ascii: "\n")]
        } catch {
            throw BottleError(.internalFault, "The schema of a manifest could not be written.", cause: error)
        }
    }

    private indirect enum Value: Encodable {
        case string(String)
        case number(Int)
        case bool(Bool)
        case list([Value])
        case object([String: Value])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .string(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .bool(let value): try container.encode(value)
            case .list(let value): try container.encode(value)
            case .object(let value): try container.encode(value)
            }
        }
    }

    private static func schema(of kind: ManifestShape.Kind) -> Value {
        switch kind {
        case .string(let pattern):
            return .object(["type": .string("string")].merging(pattern.map { ["pattern": .string($0)] } ?? [:]) { $1 })
        case .choice(let values):
            return .object(["enum": .list(values.map { .string($0) })])
        case .integer(let range):
            return .object([
                "type": .string("integer"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ])
        case .boolean:
            return .object(["type": .string("boolean")])
        case .list(let item, let unique):
            return .object([
                "type": .string("array"), "items": schema(of: item), "uniqueItems": .bool(unique),
            ])
        case .named(let pattern, let value):
            return .object([
                "type": .string("object"), "propertyNames": .object(["pattern": .string(pattern)]),
                "additionalProperties": schema(of: value),
            ])
        case .object(let fields):
            return object(fields)
        case .anyOf(let kinds):
            return .object(["anyOf": .list(kinds.map(schema(of:)))])
        }
    }

    private static func object(_ fields: [ManifestShape.Field]) -> Value {
        var properties: [String: Value] = [:]
        for field in fields {
            guard case .object(var value) = schema(of: field.kind) else { continue }
            value["description"] = .string(field.text)
            properties[field.name] = .object(value)
        }
        return .object([
            "type": .string("object"), "additionalProperties": .bool(false), "properties": .object(properties),
            "required": .list(fields.filter(\.isRequired).map { .string($0.name) }),
        ])
    }
}
