// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// What stands in for the open twin's proof where guests have no IPv6 at all.
///
/// A machine's network may carry none, or none where its host has no way over it: then nothing that is let do everything
/// reaches anything over it either, and the proof is that neither guest has a way, by its own kernel's word, and that
/// every attempt ended at once and was seen by nobody.
enum IPv6Absence {
    static let key = "ipv6-routes"
    static let look = ProbeAction.readFile(path: "/proc/net/ipv6_route", limit: 65_536)
    private static let sessions: [Session] = [.bottle, .twin]

    /// Whether the driver says so of the bottle and of the open twin.
    static func isClaimed(_ evidence: Evidence) -> Bool {
        sessions.allSatisfy { evidence[$0]?.description?.network?.carriesIPv6 == false }
    }

    /// The claim against the guests' own routes; nothing where it is not made, or nothing was tried over IPv6.
    static func findings(_ evidence: Evidence, _ aims: [Aim]) -> [Finding] {
        guard isClaimed(evidence), aims.contains(where: \.isOverIPv6) else { return [] }
        for session in sessions {
            let name = session == .twin ? "the open twin" : "the guest"
            guard let observation = evidence.probe(key, in: session)?.observation, observation.stage == .done,
                !observation.killed, observation.errno == nil || observation.errno == "ENOENT"
            else {
                return [
                    Finding(
                        .twin, .missing, "no whole answer of the probe about the routes over IPv6 of \(name): run again"
                    )
                ]
            }
            let table = String(decoding: observation.received.first ?? [], as: UTF8.self)
            if let way = ways(table).first {
                return [
                    Finding(
                        .twin, .missing,
                        "the driver says that \(name) carries no IPv6, and its kernel has a route to \(way): read it back"
                    )
                ]
            }
        }
        return [
            Finding(
                .twin, .holds,
                "no IPv6 here: neither the guest nor the open twin has a route over it beyond its own link")
        ]
    }

    /// Prefixes beyond a guest's own link, as the kernel writes them.
    static func ways(_ table: String) -> [String] {
        table.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 10, fields[9] != "lo", !fields[0].hasPrefix("fe80"), !fields[0].hasPrefix("ff") else {
                return nil
            }
            return "\(fields[0])/\(fields[1])"
        }
    }

    /// What a reader of a pass must know; else nothing.
    static func note(_ evidence: Evidence) -> String {
        isClaimed(evidence) ? "; this network carries no IPv6" : ""
    }
}
