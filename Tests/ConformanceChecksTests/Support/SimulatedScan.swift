// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// What a search of a simulated guest comes to.
struct SimulatedScan {
    let bottle: SimulatedBottle
    /// Every exec of the check.
    let execs: [ExecRequest]
    /// The one that searches.
    let request: ExecRequest

    private static let planting = "mkdir -- "

    /// The words of the line that starts the search; nil when there is none.
    static func line(of request: ExecRequest) -> [String]? {
        String(decoding: request.stdin, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("scan ") }
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// What a search of the bundle comes to.
    static func facts(of bottle: SimulatedBottle) -> [String: String] {
        let daemons = bottle.description.runningDaemons
        var processes = ["1 read bottle-bundle init"]
        var places: [String] = []
        for (index, daemon) in daemons.enumerated() {
            processes.append("\(index + 2) read bottle-bundle \(daemon) --x")
            guard daemon == "egress" || bottle.has(.envall) else { continue }
            places.append("token.plain environment \(index + 2) TOKEN")
        }
        // Each has its own beside its configuration.
        places += bottle.authorities.keys.sorted().map { "key-\($0).pem,key-\($0).hex file /etc/bottle/\($0)-key.pem" }
        processes.append("9 closed \(Contract.probePath) batch")
        var facts = [
            "complete": "1", "behind": "0", "files": "7", "places": "\(places.count)", "unreads": "0",
            "processes": "\(processes.count)", "environments": "\(processes.count - 1)",
        ]
        for (index, place) in places.enumerated() { facts["place.\(index)"] = place }
        for (index, process) in processes.enumerated() { facts["process.\(index)"] = process }
        return facts
    }

    /// What a search for keys comes to that goes by itself: whatever of them the same user wrote, and what is broken.
    static func facts(of bottle: SimulatedBottle, earlier: [ProbeStep], user: String?) -> [String: String] {
        var found = earlier.compactMap { step -> String? in
            guard case .writeFile(let path, let bytes) = step.action, step.user == user,
                PrivateKeyForms(pem: bytes) != nil
            else { return nil }
            return "decoy-key.pem,decoy-key.hex file \(path)"
        }
        if bottle.has(.keytoo) {
            let owner = bottle.authorities["egress"] == nil ? "pipelock" : "egress"
            found.append("key-\(owner).pem file \(Contract.caBundlePath)")
        }
        return guest(found)
    }

    var facts: [String: String] {
        let labels = (Self.line(of: request) ?? []).compactMap { word in
            word.hasPrefix("decoy.") ? word.split(separator: ":").first.map(String.init) : nil
        }.joined(separator: ",")
        let decoys = request.environment.keys.sorted()
        var places = decoys.map { "variable \($0)" } + decoys.map { "environment 7 \($0)" } + ["arguments 7"]
        for exec in execs where exec.user == request.user && exec.argv.contains(where: { $0.contains(Self.planting) }) {
            places += [exec.argv[4], exec.argv[6]].map { "file \($0)" }
        }
        var found = places.map { "\(labels) \($0)" }
        if bottle.has(.envtoken) { found.append("token.plain environment 1 TOKEN") }
        if bottle.has(.filetoken) { found.append("token.base64 file /etc/credentials") }
        return Self.guest(found)
    }

    private static func guest(_ found: [String]) -> [String: String] {
        var facts = [
            "complete": "1", "behind": "0", "clock": "1700000000", "since": "1699999000", "entries": "400",
            "files": "12", "bytes": "4096", "older": "300", "closed": "2", "sockets": "0", "processes": "3",
            "environments": "2", "places": "\(found.count)", "unreads": "0",
        ]
        for (index, place) in found.enumerated() { facts["place.\(index)"] = place }
        return facts
    }
}
