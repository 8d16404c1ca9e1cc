// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-09: a verdict is about a request, not about a connection.
package struct PROXY09EachRequestJudged: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-09",
        title: "each request on a reused connection is judged anew",
        statement:
            "Each request on a connection that is used again MUST be judged anew: the second host of a kept or pipelined "
            + "connection, one hidden behind framing that two parsers read in two ways, and the second request of a tunnel.",
        why:
            "Proxies that decide once a connection are asked for something harmless first. Two parsers that disagree about "
            + "where a request ends do the same without anybody noticing.",
        probed:
            "The guest asks for the allowed host and, on the same connection, for the denied one: kept alive, pipelined, "
            + "behind lengths that contradict each other, and in one tunnel of the allowed host over TLS. The first request "
            + "has to arrive where its framing is sound, the second one never; in an open twin the second one arrives by "
            + "the ways that a proxy offers at all.",
        remedy:
            "Decide about every request head, refuse requests with two lengths, close the connection after anything that was "
            + "refused, and send on what you parsed instead of what you read.",
        profiles: .fullProfiles,
        mutants: ["firstonly": .violated, "closedtwin": .inconclusive]
    )

    /// One way of putting a second request behind a first one.
    private struct Way {
        let key: String
        let title: String
        /// Whether the first request is sound, and has to arrive.
        let isSound: Bool
        /// Whether everything that carries bytes carries the second one: those have to arrive from an open twin.
        var inTwin = false
        let exchange: @Sendable (_ field: SessionField, _ first: Nonce, _ second: Nonce, _ bundle: String) -> Exchange
    }

    private static func head(_ host: String, _ nonce: Nonce, _ more: String = "") -> String {
        "GET http://\(host)/\(nonce) HTTP/1.1\r\nHost: \(host)\r\n\(more)\r\n"
    }

    private static func plain(_ bundle: String, _ turns: [Exchange.Turn]) -> Exchange {
        Exchange(.tcp, bundle, Contract.pipelockPort, turns: turns)
    }

    /// A POST to the allowed host whose body holds a request for the denied one.
    private static func hidden(
        _ field: SessionField, _ first: Nonce, _ second: Nonce, framing: String, before: String = "", after: String = ""
    ) -> String {
        "POST http://\(field.allowedHost)/\(first) HTTP/1.1\r\nHost: \(field.allowedHost)\r\n\(framing)\r\n\r\n"
            + before + head(field.deniedHost, second, "Connection: close\r\n") + after
    }

    private static let ways: [Way] = [
        Way(key: "pipelined", title: "pipelined behind it", isSound: true) { field, first, second, bundle in
            plain(
                bundle,
                [
                    Requests.turn(
                        head(field.allowedHost, first) + head(field.deniedHost, second, "Connection: close\r\n"))
                ])
        },
        Way(key: "kept", title: "on the connection that was kept", isSound: true) { field, first, second, bundle in
            plain(
                bundle,
                [
                    Exchange.Turn(send: Array(head(field.allowedHost, first).utf8), until: .headers),
                    Requests.turn(head(field.deniedHost, second, "Connection: close\r\n")),
                ])
        },
        Way(key: "length-and-chunks", title: "behind both a length and chunks", isSound: false) {
            plain(
                $3,
                [
                    Requests.turn(
                        hidden(
                            $0, $1, $2, framing: "Content-Length: 5\r\nTransfer-Encoding: chunked", before: "0\r\n\r\n")
                    )
                ])
        },
        Way(key: "two-lengths", title: "behind two lengths", isSound: false) {
            plain($3, [Requests.turn(hidden($0, $1, $2, framing: "Content-Length: 0\r\nContent-Length: 400"))])
        },
        Way(key: "odd-encoding", title: "behind an encoding that is spelt oddly", isSound: false) {
            plain(
                $3,
                [
                    Requests.turn(
                        hidden(
                            $0, $1, $2, framing: "Content-Length: 400\r\nTransfer-Encoding : chunked",
                            before: "0\r\n\r\n"))
                ])
        },
        Way(key: "list-encoding", title: "behind an encoding that is none", isSound: false) {
            plain(
                $3,
                [
                    Requests.turn(
                        hidden($0, $1, $2, framing: "Transfer-Encoding: chunked, identity", before: "0\r\n\r\n"))
                ])
        },
        Way(key: "tunnel", title: "in the same tunnel over TLS", isSound: true, inTwin: true) {
            field, first, second, bundle in
            let allowed = field.allowedHost
            var exchange = Requests.secure(allowed, first, via: bundle, trust: .anybody)
            let opening = "GET /\(first) HTTP/1.1\r\nHost: \(allowed)\r\n\r\n"
            let following = "GET /\(second) HTTP/1.1\r\nHost: \(field.deniedHost)\r\nConnection: close\r\n\r\n"
            exchange.turns[1] = Requests.turn(opening + following)
            return exchange
        },
    ]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for way in Self.ways {
            let (first, second) = (Nonce.fresh(), Nonce.fresh())
            // The nonce of a step is the one that must not arrive; the other one stands in what is sent.
            declaration.probe(way.key, nonce: second, .exchange(way.exchange(field, first, second, bundle)))
        }
        DaemonLife.declarePipelock(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        guard evidence.scene(.twin) != nil else { return evidence.nothing(of: .twin) }
        let needs = [CanaryNeed(.offHost, .tcp, 80), CanaryNeed(.offHost, .tcp, 443)]
        var findings = DaemonLife.pipelock(evidence, scene)
        for need in needs {
            guard let canary = need.canaries(in: scene.field).first else {
                findings.append(Finding(.target, .missing, need.gap(in: scene.field) ?? "there is no off-host canary"))
                continue
            }
            let fault = evidence.controlFault(of: canary, in: .bottle)
            let drained = !scene.own.unfenced.contains(canary.id)
            findings.append(
                fault == nil && drained
                    ? Finding(.target, .holds, "the server at \(canary.endpoint) answered the harness before and after")
                    : Finding(
                        .target, .missing,
                        fault
                            ?? "the canary \(canary.endpoint) was not drained, so what it saw may be incomplete: run again"
                    ))
        }
        findings += Self.ways.map { judge($0, evidence, scene) } + Self.ways.compactMap { twin($0, evidence) }
        return .concluding(
            findings,
            pass: "the second request was judged by \(Self.ways.count) ways of putting it behind an allowed one")
    }

    private func nonces(_ way: Way, _ evidence: Evidence, in session: Session = .bottle) -> (
        first: String, second: String
    )? {
        guard let step = evidence.probe(way.key, in: session)?.step, case .exchange(let exchange) = step.action else {
            return nil
        }
        let sent = NonceScan.runs(in: exchange.turns.flatMap(\.send))
        return sent.first { $0 != step.nonce.text }.map { ($0, step.nonce.text) }
    }

    private func judge(_ way: Way, _ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let denied = "a request for \(scene.field.deniedHost) \(way.title)"
        guard let (first, second) = nonces(way, evidence) else {
            return Finding(.attempt, .missing, "\(denied) was never tried")
        }
        if Self.isAnswered(evidence.probe(way.key)?.observation, second) {
            return Finding(.attempt, .leak, "\(denied) was answered: the guest read the page that has its nonce")
        }
        if let record = evidence.records(of: second).first {
            // As the body of the first one it is bytes, and has asked nobody for anything.
            guard record.nonces.contains(first), !way.isSound else {
                return Finding(
                    .witness, .leak, "\(denied) arrived: \(record.canary) saw its nonce come from \(record.peer)")
            }
            return Finding(.witness, .holds, "\(denied) arrived as the body of the first one, which is where it stood")
        }
        let outcome = evidence.outcome(way.key)
        guard ![.noRun, .timeout].contains(outcome) else {
            return Finding(
                .attempt, .missing, "\(denied) ended \(outcome.rawValue), which proves nothing: run again")
        }
        guard way.isSound else { return Finding(.attempt, .holds, "\(denied) did not arrive (\(outcome.rawValue))") }
        return evidence.records(of: first).isEmpty
            ? Finding(
                .permitted, .missing,
                "the first request did not arrive either, \(way.title): make PROXY-02 pass first")
            : Finding(.attempt, .holds, "the first request arrived, and \(denied) did not")
    }

    /// Whether the far side answered to that very nonce.
    private static func isAnswered(_ observation: Observation?, _ nonce: String) -> Bool {
        let received = Array((observation?.received ?? []).joined())
        return received.firstRange(of: Array("path: /\(nonce)".utf8)) != nil
    }

    private func twin(_ way: Way, _ evidence: Evidence) -> Finding? {
        guard let (_, second) = nonces(way, evidence, in: .twin), !evidence.records(of: second).isEmpty else {
            guard way.inTwin else { return nil }
            return Finding(
                .twin, .missing,
                "the open twin did not carry the second request \(way.title) either, so that the bottle did not shows nothing"
            )
        }
        return Finding(.twin, .holds, "the open twin carried the second request \(way.title)")
    }
}
