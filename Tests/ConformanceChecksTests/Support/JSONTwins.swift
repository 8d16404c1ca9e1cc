// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Foundation

/// Every document that differs from one in a single place.
struct JSONTwin {
    /// Where it differs, for a message.
    let path: String
    let value: JSONValue

    /// Each leaf changed, each member left out, each element left out, and one more in each list and object.
    static func all(of value: JSONValue) -> [JSONTwin] { twins(of: value, at: "") }

    private static func twins(of value: JSONValue, at path: String) -> [JSONTwin] {
        switch value {
        case .null: return [JSONTwin(path: path, value: .string("x"))]
        case .bool(let flag): return [JSONTwin(path: path, value: .bool(!flag))]
        case .number(let number): return [JSONTwin(path: path, value: .number(number + 1))]
        case .string(let text): return [JSONTwin(path: path, value: .string(text + "x"))]
        case .array(let elements):
            var result = [JSONTwin(path: "\(path)[more]", value: .array(elements + [elements.first ?? .string("x")]))]
            for (index, element) in elements.enumerated() {
                var less = elements
                less.remove(at: index)
                result.append(JSONTwin(path: "\(path)[less \(index)]", value: .array(less)))
                result += twins(of: element, at: "\(path)[\(index)]").map { twin in
                    var changed = elements
                    changed[index] = twin.value
                    return JSONTwin(path: twin.path, value: .array(changed))
                }
            }
            return result
        case .object(let members):
            var result = [
                JSONTwin(
                    path: "\(path)/more", value: .object(members.merging(["more": .string("x")]) { old, _ in old }))
            ]
            for (key, member) in members {
                result.append(JSONTwin(path: "\(path)/less \(key)", value: .object(members.filter { $0.key != key })))
                result += twins(of: member, at: "\(path)/\(key)").map { twin in
                    var changed = members
                    changed[key] = twin.value
                    return JSONTwin(path: twin.path, value: .object(changed))
                }
            }
            return result
        }
    }
}

extension PlanReport {
    /// Every report that differs from this one in a single place and still is one.
    func twins() throws -> [(path: String, report: PlanReport)] {
        let value = try JSONValue.parse(JSONEncoder().encode(self))
        return JSONTwin.all(of: value).compactMap { twin in
            let decoded = try? JSONDecoder().decode(PlanReport.self, from: Data(twin.value.pretty.utf8))
            return decoded.flatMap { $0 == self ? nil : (path: twin.path, report: $0) }
        }
    }
}
