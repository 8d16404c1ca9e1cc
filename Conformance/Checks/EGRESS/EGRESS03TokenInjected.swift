// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-03: a routed request arrives with the real token in the place of the placeholder.
package struct EGRESS03TokenInjected: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-03",
        title: "a routed request carries the real token exactly once",
        statement:
            "A routed request that carries the placeholder MUST reach upstream carrying the real token exactly once and "
            + "never the placeholder; a host without a route MUST see no token.",
        why:
            "The agent works with a placeholder so that it cannot leak the credential. That is worth something only if the "
            + "credential is added on the way, and added for that host alone.",
        probed:
            "The guest asks a routed host and an unrouted allowed one with the placeholder as its bearer token, by plain "
            + "request and over TLS; the harness's server reports and records what it saw of Authorization.",
        remedy:
            "Let pipelock hand routed hosts to egress, let egress strip what the client sent and add the token of the "
            + "route that matches scheme, host and port, and nothing on any other host.",
        profiles: .gateProfiles,
        mutants: ["noinject": .violated, "nostrip": .violated]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let bundle = declaration.description.bundleAddress
        let hosts = [("routed", declaration.field.routedHost), ("unrouted", declaration.field.allowedHost)]
        for (key, host) in hosts {
            let nonce = Nonce.fresh()
            let bearer = "Authorization: Bearer \(Contract.placeholderToken)"
            declaration.probe(
                key, nonce: nonce, .exchange(Requests.absolute(host, nonce, via: bundle, headers: [bearer])))
            let secure = Nonce.fresh()
            declaration.probe(
                "\(key)-tls", nonce: secure,
                .exchange(Requests.secure(host, secure, via: bundle, headers: [bearer])))
        }
        DaemonLife.declareEgress(&declaration)
        DaemonLife.declarePipelock(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        if let judgement = scene.withoutToken { return judgement }
        let broken = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        let life = broken + DaemonLife.pipelock(evidence, scene) + DaemonLife.egress(evidence, scene)
        let alive = life.allSatisfy { $0.state == .holds }
        return .concluding(
            life
                + Self.ways.flatMap { way in
                    routed("routed\(way.suffix)", way.title, evidence, scene, alive: alive)
                        + unrouted("unrouted\(way.suffix)", way.title, evidence, scene)
                },
            pass:
                "\(scene.field.routedHost) saw the real token once and no placeholder, in plain and over TLS; the unrouted "
                + "host saw no token"
        )
    }

    private static let ways = [(suffix: "", title: "in plain"), (suffix: "-tls", title: "over TLS")]

    private func routed(
        _ key: String, _ title: String, _ evidence: Evidence, _ scene: SessionScene, alive: Bool
    ) -> [Finding] {
        let host = scene.field.routedHost
        let outcome = evidence.outcome(key)
        let records = evidence.probe(key).map { evidence.records(of: $0.step.nonce.text) } ?? []
        guard !records.isEmpty else {
            let failed = alive && ![.noRun, .timeout, .nameFail, .reached].contains(outcome)
            return [
                Finding(
                    .witness, failed ? .leak : .missing,
                    "the routed request \(title) did not arrive at \(host): the guest's side ended \(outcome.rawValue)")
            ]
        }
        var arrivals = records.map { arrival($0, host, scene.own.suiteToken) }
        if records.count > 1 {
            arrivals.append(
                Finding(
                    .witness, .leak,
                    "one routed request \(title) arrived at \(host) \(records.count) times instead of once"))
        }
        guard outcome == .reached, let answer = HTTPAnswer(evidence.probe(key)?.observation?.received.last ?? [])
        else {
            return arrivals + [
                Finding(.fact, .missing, "\(host)'s answer did not come back whole (\(outcome.rawValue))")
            ]
        }
        // Whether the token comes back in it is EGRESS-06's affair.
        let lacks = answer.body.firstRange(of: Array("authorization: none\n".utf8)) != nil
        return arrivals + [
            lacks
                ? Finding(.fact, .leak, "\(host) answered that it saw no Authorization at all")
                : Finding(.fact, .holds, "\(host) answered that it saw an Authorization \(title)")
        ]
    }

    private func arrival(_ record: WitnessRecord, _ host: String, _ token: String) -> Finding {
        let values = Self.authorizations(in: record.bytes)
        if record.bytes.firstRange(of: Array(Contract.placeholderToken.utf8)) != nil {
            let also = values.contains { $0.contains(token) } ? "beside" : "instead of"
            return Finding(.witness, .leak, "the placeholder reached \(host) \(also) the real token")
        }
        guard values == ["Bearer \(token)"] else {
            let count = values.filter { $0.contains(token) }.count
            return Finding(
                .witness, .leak,
                "\(host) saw \(values.count) Authorization headers, \(count) of them with the real token, instead of "
                    + "exactly one")
        }
        guard Self.count(of: Array(token.utf8), in: record.bytes) == 1 else {
            return Finding(.witness, .leak, "\(host) saw the real token outside of its Authorization header as well")
        }
        return Finding(.witness, .holds, "\(host) saw one Authorization header, with the real token")
    }

    private func unrouted(
        _ key: String, _ title: String, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        let host = scene.field.allowedHost
        let records = evidence.probe(key).map { evidence.records(of: $0.step.nonce.text) } ?? []
        let token = Array(scene.own.suiteToken.utf8)
        let body = HTTPAnswer(evidence.probe(key)?.observation?.received.last ?? [])?.body ?? []
        if records.contains(where: { $0.bytes.firstRange(of: token) != nil }) || body.firstRange(of: token) != nil {
            return [
                Finding(.witness, .leak, "the unrouted host \(host) saw the real token of the routed one, \(title)")
            ]
        }
        guard !records.isEmpty, evidence.outcome(key) == .reached else {
            return [
                Finding(
                    .witness, .missing,
                    "the unrouted host \(host) was not reached \(title) (\(evidence.outcome(key).rawValue)), so that it saw "
                        + "no token proves nothing: make PROXY-02 pass first")
            ]
        }
        return [Finding(.witness, .holds, "the unrouted host \(host) was reached \(title) and saw no token")]
    }

    private static func count(of token: [UInt8], in bytes: [UInt8]) -> Int {
        var count = 0
        var rest = bytes[...]
        while let found = rest.firstRange(of: token) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }

    /// The values of every Authorization header in a request head, in order.
    static func authorizations(in bytes: [UInt8]) -> [String] {
        let end = bytes.firstRange(of: [0x0d, 0x0a, 0x0d, 0x0a])?.lowerBound ?? bytes.endIndex
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").dropFirst()
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "authorization" else {
                return nil
            }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
    }
}
