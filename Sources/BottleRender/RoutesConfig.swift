// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `routes.yaml`: the hosts for which egress injects a token, each with the name (never the value) of the token.
package struct RoutesConfig: Sendable, Hashable {
    private struct Entry: Hashable, Encodable {
        enum CodingKeys: String, CodingKey {
            case host, scheme, port
            case tokenVariable = "token_variable"
        }
        let host: String
        let scheme: String
        let port: UInt16
        let tokenVariable: String
    }

    private let entries: [Entry]

    /// The routes of a plan, ordered by host, scheme and port.
    package init(plan: BottlePlan) {
        entries = plan.routes.map {
            Entry(
                host: $0.host, scheme: $0.scheme.rawValue, port: $0.effectivePort, tokenVariable: $0.tokenVariable)
        }.sorted { ($0.host, $0.scheme, $0.port) < ($1.host, $1.scheme, $1.port) }
    }

    /// The file: deterministic, sorted keys, one trailing newline.
    package func rendered() throws(BottleError) -> [UInt8] { try JSONDocument.render(entries, file: "routes.yaml") }
}
