// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Event streams of every shape a run can have.
struct SampleRun: Sendable, CustomStringConvertible {
    var name: String
    var events: [Event]

    var description: String { name }

    static let all = [green, red, interrupted, dead, empty, nothing, vacuous, hostile]

    static let requirements = [
        Requirement(
            id: "NET-02", title: "The gateway is out of reach", statement: "A guest MUST NOT reach its gateway.",
            why: "The gateway is the host.", probed: "TCP to the gateway; a canary listens there.",
            remedy: "Drop what is not for the bundle.", profiles: ["gate@1"], mutants: ["gwopen": .violated]),
        Requirement(
            id: "PROV-01", title: "The prompt lands", statement: "The prompt file MUST land byte for byte.",
            why: "An agent without its prompt does something else.", probed: "sha256 of the file.",
            remedy: "Copy it before the agent starts.", profiles: ["gate@1", "seed@1"],
            mutants: ["noprompt": .violated, "staleprompt": .violated]),
        Requirement(
            id: "PROXY-01", title: "The proxy answers", statement: "pipelock MUST answer on port 8888.", why: "",
            probed: "", remedy: "", kinds: [.container, .namespaces], profiles: ["gate@1"], mutants: [:]),
    ]

    static func started(
        _ requirements: [Requirement] = requirements, role: Subject.Role = .reference, chosen: Bool = false,
        backend: String = "namespaces"
    ) -> Event {
        .runStarted(
            RunStarted(
                tool: "bottle-conformance 0.1.0", time: "2026-11-21T02:37:00Z",
                subject: Subject(
                    backend: backend, role: role, chosen: chosen, facts: ["policy": "sha256:12ab", "kernel": "6.1.0"]),
                profile: "gate@1", requirements: requirements, partial: false))
    }

    static func checked(
        _ id: String, _ verdict: Verdict, _ summary: String, _ findings: [Finding] = [], seconds: Double = 0.25,
        evidence: Evidence? = nil
    ) -> Event {
        .checked(
            CheckResult(
                requirement: id, judgement: Judgement(verdict, summary, findings: findings), seconds: seconds,
                evidence: evidence))
    }

    /// A row that an earlier attempt did not judge.
    static var triedAgain: Event {
        var result = CheckResult(requirement: "NET-02", judgement: Judgement(.pass, "s"), seconds: 0.5, evidence: nil)
        result.attempts = [Judgement(.inconclusive, "gone", findings: [Finding(.attempt, .missing, "t")])]
        return .checked(result)
    }

    static func ended(_ exitCode: Int32, signal: Int32? = nil) -> Event {
        .runEnded(
            RunEnded(
                exitCode: exitCode, interrupted: signal != nil, seconds: 3.2144, launchToFirstExec: 43.4,
                signal: signal))
    }

    static let green = SampleRun(
        name: "green",
        events: [
            started(), .progress(phase: "launch", text: "starting 2 bottles"),
            .sessionLaunched(session: .bottle, slug: "cf-1a", milliseconds: 41.7),
            checked("NET-02", .pass, "refused; no canary saw it"), checked("PROV-01", .pass, "the hashes agree"),
            checked("PROXY-01", .pass, "200 OK"), ended(0),
        ])

    static let red = SampleRun(
        name: "red",
        events: [
            started(chosen: true), .sessionFailed(session: .variant, message: "no room"),
            checked(
                "NET-02", .violated, "the guest reached 10.77.3.1:40123",
                [
                    Finding(.permitted, .holds, "the guest reached the proxy"),
                    Finding(.witness, .leak, "the canary saw the nonce"),
                ]), checked("PROV-01", .inconclusive, "no whole line came back"),
            checked("PROXY-01", .notApplicable, "declared bundle:none"), .warning("a veth was left and swept"),
            ended(1),
        ])

    static let interrupted = SampleRun(
        name: "interrupted", events: [started(), checked("NET-02", .pass, "refused"), ended(143, signal: 15)])

    static let dead = SampleRun(name: "dead", events: [started(), checked("NET-02", .pass, "refused")])

    static let empty = SampleRun(name: "empty", events: [])

    static let nothing = SampleRun(name: "nothing selected", events: [started([]), ended(5)])

    static let vacuous = SampleRun(
        name: "vacuous",
        events: [started(role: .mutant, backend: "mutant:open")]
            + requirements.map { checked($0.id, .pass, "held") } + [ended(5)])

    static let hostile: SampleRun = {
        var requirements = Self.requirements
        // The largest text goes where a guest's text does; in every field it would only make the tests slow.
        func short(_ text: String) -> String {
            text.utf8.count > 200_000 ? String(text.unicodeScalars.prefix(50_000)) : text
        }
        for (index, text) in HostileText.all.map(short).enumerated() {
            requirements.append(
                Requirement(
                    id: "EVIL-\(index)", title: "t \(text)", statement: text, why: text, probed: text, remedy: text,
                    profiles: ["gate@1"], mutants: [:]))
        }
        let verdicts = Verdict.allCases
        var events = [started(requirements, chosen: true, backend: "exec:./x\u{1b}[2J '\n")]
        for (index, text) in HostileText.all.enumerated() {
            events.append(.progress(phase: short(text), text: short(text)))
            events.append(.warning(short(text)))
            events.append(
                checked(
                    "EVIL-\(index)", verdicts[index % verdicts.count], text, [Finding(.attempt, .leak, text)],
                    seconds: [.nan, .infinity, -1, 1e300, 1e-9][index % 5]))
            events.append(.sessionFailed(session: .twin, message: short(text)))
        }
        events += requirements.prefix(3).map { checked($0.id, .violated, "") }
        return SampleRun(name: "hostile", events: events + [ended(1)])
    }()
}
