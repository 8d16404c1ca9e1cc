// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension DirectCall {
    /// What an engine is to list, and how a line of the answer looks.
    struct List: Sendable, Hashable {
        enum Kind: Sendable { case containers, networks, volumes }
        var kind: Kind
        /// `NAME=value` each, all of which must be there.
        var labels: [String] = []
        /// Containers that have ended as well.
        var isWhole = false
        /// What `{{.NAME}}` stands in; with `--quiet` the first digits of an identifier.
        var format = ""
        var isQuiet = false
    }

    /// `ps`, `network ls` and `volume ls`, of identifiers or with a format.
    static func list(_ kind: List.Kind, _ words: inout Words) -> List? {
        var list = List(kind: kind)
        var isLong = false
        while let option = words.next() {
            switch option {
            case "--all" where kind == .containers: list.isWhole = true
            case "--no-trunc" where kind != .volumes: isLong = true
            case "--quiet" where kind == .containers: list.isQuiet = true
            case "--filter":
                guard let filter = words.next(), filter.hasPrefix("label=") else { return nil }
                list.labels.append(String(filter.dropFirst("label=".count)))
            case "--format":
                guard let format = words.next() else { return nil }
                list.format = format
            default: return nil
            }
        }
        // Without it the program shortens what it prints.
        guard list.isQuiet != (isLong || kind == .volumes), list.isQuiet == list.format.isEmpty else { return nil }
        return isKnown(list.format) ? list : nil
    }

    private static let fields = ["ID", "Names", "Name", "Labels", "Mounts"]

    private static func isKnown(_ format: String) -> Bool {
        let rest = fields.reduce(format) { $0.replacing("{{.\($1)}}", with: "") }
        return !rest.contains("{{")
    }
}

/// A thing of an engine's list, as far as a format may name it.
struct EngineListing: Sendable, Decodable {
    private struct Mount: Decodable {
        var name: String?
        var source: String?
        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case source = "Source"
        }
    }

    /// Volumes are wrapped.
    struct Volumes: Decodable {
        var volumes: [EngineListing]?
        private enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
    }

    private var id: String?
    private var names: [String]?
    private var name: String?
    private var labels: [String: String]?
    private var mounts: [Mount]?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case name = "Name"
        case labels = "Labels"
        case mounts = "Mounts"
    }

    /// The line of this thing.
    func line(_ list: DirectCall.List) -> String {
        if list.isQuiet { return String((id ?? "").prefix(12)) }
        let own = (names ?? []).map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        let values = [
            "ID": id ?? "", "Names": own.filter { !$0.contains("/") }.joined(separator: ","), "Name": name ?? "",
            "Labels": (labels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
            "Mounts": (mounts ?? []).map { ($0.name?.isEmpty == false ? $0.name : $0.source) ?? "" }
                .joined(separator: ","),
        ]
        return values.reduce(list.format) { $0.replacing("{{.\($1.key)}}", with: $1.value) }
    }
}
