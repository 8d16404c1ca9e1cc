// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// What a search for a token came to, as the probe said it.
struct ScanReport {
    /// Where something stands that was looked for.
    struct Place {
        let labels: [String]
        let kind: String
        let place: String

        /// In which forms the token stands there; none where it is something else.
        var forms: [String] { forms(of: Scan.token) }

        /// In which forms a secret stands there, by the owner of its marks.
        func forms(of owner: String) -> [String] {
            labels.filter { $0.hasPrefix("\(owner).") }.map { String($0.dropFirst(owner.count + 1)) }
        }

        /// The process whose variable it is; nil for every other place.
        var process: String? { kind == "environment" ? ScanReport.split(place, 2)[0] : nil }

        /// As the end of "the token stands in ...".
        var words: String {
            let parts = ScanReport.split(place, 2)
            return switch kind {
            case "file": "the file \(Quoted(place))"
            case "name": "a name in \(Quoted(place))"
            case "link": "the target of the link \(Quoted(place))"
            case "device": "the device \(Quoted(place))"
            case "kernel": "the kernel's \(Quoted(place))"
            case "variable": "the variable \(Quoted(place)) of an exec"
            case "environment": "the variable \(Quoted(parts[1])) of process \(Quoted(parts[0]))"
            case "arguments": "the command line of process \(Quoted(place))"
            default: "the \(Quoted(kind)) \(Quoted(place))"
            }
        }
    }

    /// A process that was there.
    struct Process {
        let id: String
        /// Whether its environment could be read.
        let isRead: Bool
        /// How its command line begins.
        let command: String
    }

    let facts: [String: String]
    let places: [Place]
    let processes: [Process]
    let unread: [(error: String, path: String)]

    init(_ answer: Observation) {
        facts = answer.facts
        unread = Self.list(answer, "unread.").map { line in
            let parts = Self.split(line, 2)
            return (parts[0], parts[1])
        }
        places = Self.list(answer, "place.").map { line in
            let parts = Self.split(line, 3)
            return Place(labels: parts[0].split(separator: ",").map(String.init), kind: parts[1], place: parts[2])
        }
        processes = Self.list(answer, "process.").map { line in
            let parts = Self.split(line, 3)
            return Process(id: parts[0], isRead: parts[1] == "read", command: parts[2])
        }
    }

    func count(_ name: String) -> Int? { facts[name].flatMap { Int($0) } }

    /// Whether it did not get to see what is at a path.
    func missed(_ path: String) -> Bool {
        unread.contains { path == $0.path || path.hasPrefix($0.path + "/") }
    }

    /// Why a search is not to be believed, by somebody's name; nil when it is.
    func flaw(_ who: String) -> String? {
        guard facts["complete"] == "1" else {
            return
                "there was more than \(who) could read in the time given (\(count("files") ?? 0) files): run again, or "
                + "let the image hold less"
        }
        guard facts["behind"] == "0" else {
            return "the clock there is behind the harness's, so that the ages of its files mean nothing: set it"
        }
        guard let unreads = count("unreads"), let found = count("places"), unreads == unread.count,
            found == places.count
        else { return "\(who) found more places, or more that cannot be read, than are listed: run again" }
        return nil
    }

    /// What none of several users could read and may have been written since the run began.
    static func gaps(_ reports: [ScanReport]) -> [Finding] {
        var named: Set<String> = []
        return reports.flatMap(\.unread).compactMap { error, path in
            guard named.insert(path).inserted else { return nil }
            if error == "EEXIST" {
                return Finding(
                    .attempt, .missing,
                    "the block device \(Quoted(path)) can be opened, and what is on it was not searched: close it")
            }
            guard reports.allSatisfy({ $0.missed(path) }) else { return nil }
            return Finding(
                .attempt, .missing,
                "nobody in the guest can read \(Quoted(path)) (\(error)), which was changed in this run: open it to the "
                    + "agent or leave it out")
        }
    }

    /// The facts whose names begin so, in their order, as text whatever their bytes are.
    private static func list(_ answer: Observation, _ prefix: String) -> [String] {
        (0..<answer.facts.count).lazy.map { answer.facts["\(prefix)\($0)"] }.prefix { $0 != nil }.compactMap { fact in
            guard let fact, fact.hasPrefix("hex:") else { return fact }
            return String(decoding: Hex.decode(String(fact.dropFirst(4))) ?? [], as: UTF8.self)
        }
    }

    /// So many words, the last of them with all spaces that are left.
    static func split(_ text: String, _ count: Int) -> [String] {
        let parts = text.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: false).map(String.init)
        return parts + [String](repeating: "", count: count - parts.count)
    }
}
