// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What a Smolfile may say, in the contract's form and in that of today's smolvm.
enum SmolfileRules {
    /// The contract's form: one card behind gvproxy's socket, and no other network.
    static func differences(_ value: JSONValue, _ expected: ExpectedPlan) -> [String] {
        var found = [
            difference("name of the Smolfile", value["name"]?.string, wanted: expected.machine),
            unknown(value, ["name", "command", "env", "net"], "the Smolfile"),
        ].compactMap(\.self)
        let cards = value["net"]?.array ?? []
        if cards.count != 1 { found.append("the Smolfile has \(cards.count) network cards, expected one") }
        for card in cards {
            found += [
                unknown(card, ["type", "attachment", "socket"], "a card of the Smolfile"),
                difference("type of the card", card["type"]?.string, wanted: "virtio-net"),
                difference("attachment of the card", card["attachment"]?.string, wanted: "unixgram"),
            ].compactMap(\.self)
            if card["socket"]?.string?.hasPrefix("/") != true { found.append("a card of the Smolfile has no socket") }
        }
        return found
    }

    /// The form that smolvm reads: the policy's own keys and no others of the network.
    static func smolvmDifferences(_ value: JSONValue) -> [String] {
        var found = [
            unknown(
                value, ["image", "cmd", "entrypoint", "env", "workdir", "user", "network"], "the Smolfile of smolvm"),
            unknown(value["network"], ["allow_cidrs", "allow_host_patterns"], "[network] of the Smolfile of smolvm"),
        ].compactMap(\.self)
        let patterns = value[path: "network", "allow_host_patterns"]?.texts ?? []
        if patterns.isEmpty || !patterns.allSatisfy({ $0.hasSuffix(".invalid") }) {
            found.append("the Smolfile of smolvm has no allow_host_patterns under .invalid")
        }
        return found
    }

    private static func unknown(_ value: JSONValue?, _ known: Set<String>, _ what: String) -> String? {
        let more = Set(value?.members?.keys.map { $0 } ?? []).subtracting(known).sorted()
        return more.isEmpty ? nil : "\(what) has \(more.joined(separator: ", ")), which no bottle needs"
    }
}
