// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// A pipelock that is not the reference's: how init starts it, and what its log says in the words of ours.
///
/// Its command line and the names in its log are those of the real pipelock, 2.3.0: `run --config FILE`, and lines of JSON
/// with `event`, `client_ip`, `url` of a request or `target` of a tunnel, and `reason`.
struct ForeignPipelock {
    /// The event of a line that says none.
    static let output = "output"

    /// In the bundle.
    let program: String

    /// What a bottle does without when it runs; init says each of them in its log.
    static func lacks(_ request: InitRequest) -> [String] {
        request.routesConfig == nil
            ? []
            : ["it leads nothing to egress, so that no request of the guest gets a token"]
    }

    /// The argument vector of the daemon.
    func arguments(_ request: InitRequest) -> [String] { [program, "run", "--config", request.pipelockConfig] }

    /// The whole environment of the daemon: where it keeps nothing, and whom it trusts besides the system's directory.
    func environment(_ request: InitRequest) -> [String] {
        ["HOME=/"] + (request.trust.map { ["SSL_CERT_FILE=\($0)"] } ?? [])
    }

    /// A line of its output as a record; a line that says no event is one of the event `output`, also where it calls one so.
    ///
    /// The nonce is looked for in the target alone: only what was asked for shows who asked.
    static func record(of line: [UInt8]) -> SidecarRecord {
        let text = line.last == 0x0a ? Array(line.dropLast()) : line
        var members: [String: String] = [:]
        if case .object(let all) = try? JSONParser.parse(text) {
            for member in all {
                if case .string(let string) = member.value { members[member.name] = string }
            }
        }
        guard let event = members["event"] else {
            return SidecarRecord(daemon: "pipelock", event: output, detail: SidecarRecord.escaped(text, limit: 1024))
        }
        let target = members["url"] ?? members["target"] ?? ""
        return SidecarRecord(
            daemon: "pipelock", event: SidecarRecord.escaped(event, limit: 64),
            client: SidecarRecord.escaped(members["client_ip"] ?? "", limit: 64), target: target,
            nonce: SidecarRecord.nonce(in: target), detail: members["reason"] ?? members["message"])
    }
}
