// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// The five legs of one denial over one body of evidence.
struct DenialLegs {
    let denial: Denial
    let evidence: Evidence

    /// Longer lists of the same kind of finding say how many more there are.
    private static let shown = 5

    var all: [Finding] {
        let absent = absentSessions
        guard absent.isEmpty else {
            // Nothing can be proven without the session, but what did leak stays proven.
            return absent + attemptLeg.filter { $0.state == .leak } + witnessLeg.filter { $0.state == .leak }
        }
        return permittedLeg + targetLeg + attemptLeg + witnessLeg + twinLeg
    }

    private var absentSessions: [Finding] {
        Set(denial.attempts.flatMap { [$0.session, $0.place] }).union([.bottle]).sorted { $0.rawValue < $1.rawValue }
            .compactMap { evidence.absence(of: $0) }.map { Finding(.attempt, .missing, $0) }
    }

    // MARK: P

    private var permittedLeg: [Finding] {
        guard !denial.permitted.isEmpty else {
            return [Finding(.permitted, .missing, "no allowed endpoint was tried, so a denial proves nothing")]
        }
        return denial.permitted.map { permitted in
            let outcome = evidence.probe(permitted.key, in: permitted.session)
            if let failure = evidence.failure(of: permitted) {
                return Finding(
                    .permitted, .missing,
                    "the guest did not reach \(permitted.what), which it may (\(failure)), so a denial proves nothing: "
                        + "make that work first")
            }
            let elapsed = milliseconds(outcome?.observation?.elapsedMilliseconds ?? 0)
            return Finding(.permitted, .holds, "the guest reached \(permitted.what) with the same probe in \(elapsed)")
        }
    }

    private func milliseconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) ms" }

    // MARK: T

    private var targetLeg: [Finding] {
        var watched: [Session: [String: Canary]] = [:]
        var missing = denial.gaps
        for attempt in denial.attempts {
            if attempt.canaries.isEmpty, !denial.targetProvenElsewhere {
                missing.append("no canary watches \(attempt.deed), so that nobody reached it proves nothing")
            }
            for canary in attempt.canaries { watched[attempt.place, default: [:]][canary.id] = canary }
        }
        for (session, canaries) in watched {
            for canary in canaries.values {
                if let fault = evidence.controlFault(of: canary, in: session) { missing.append(fault) }
            }
        }
        let count = watched.values.reduce(0) { $0 + $1.count }
        if missing.isEmpty, denial.targetProvenElsewhere, count == 0 { return [] }
        return condensed(.target, missing.sorted(), holds: "\(count) canaries answered the harness before and after")
    }

    // MARK: N

    private var attemptLeg: [Finding] {
        var leaks: [Finding] = []
        var missing: [String] = []
        var endings: [Outcome: Int] = [:]
        for attempt in denial.attempts {
            let probe = evidence.probe(attempt.key, in: attempt.session)
            let outcome = guestOutcome(probe, attempt)
            endings[outcome, default: 0] += 1
            if outcome == .reached {
                let seen = sightings(of: probe, attempt).first.map { "; \($0)" } ?? ""
                leaks.append(Finding(.attempt, .leak, "the guest reached \(attempt.deed): \(signText(attempt))\(seen)"))
            } else if let reason = rejection(of: outcome, probe, attempt) {
                missing.append(reason)
            }
        }
        let summary = endings.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        let holds = "\(denial.attempts.count) attempts of the guest ended: \(summary.joined(separator: ", "))"
        if denial.attempts.isEmpty { missing.append("nothing was attempted, so nothing is known") }
        return leaks + condensed(.attempt, missing, holds: leaks.isEmpty ? holds : nil)
    }

    private func signText(_ attempt: Denial.Attempt) -> String {
        switch attempt.sign ?? denial.sign {
        case .banner: "it read the canary's banner"
        case .header(let name), .success(let name): "it read an answer with \(name)"
        }
    }

    /// What the guest's own side says, the witnesses left out; in the twin, what the twin's guest says.
    private func guestOutcome(_ probe: ProbeOutcome?, _ attempt: Denial.Attempt, inTwin: Bool = false) -> Outcome {
        let received = Array((probe?.observation?.received ?? []).joined())
        var banner = ""
        switch attempt.sign ?? denial.sign {
        case .banner: banner = evidence[place(attempt, inTwin: inTwin)]?.field?.banner ?? ""
        case .header(let name): if HTTPAnswer.any(in: received, carries: name) { return .reached }
        case .success(let name): if HTTPAnswer.any(in: received, carries: name, status: 200) { return .reached }
        }
        return Outcome.classify(probe?.observation, banner: banner, witnessHits: 0)
    }

    /// Whose canaries and daemons an attempt would have reached: a neighbour is the same for the twin, and otherwise the
    /// twin has its own.
    private func place(_ attempt: Denial.Attempt, inTwin: Bool) -> Session {
        inTwin && attempt.neighbour == nil ? .twin : attempt.place
    }

    /// Why an ending proves no denial; nil when it does.
    private func rejection(of outcome: Outcome, _ probe: ProbeOutcome?, _ attempt: Denial.Attempt) -> String? {
        guard let probe else { return "the attempt on \(attempt.deed) was never made" }
        guard outcome != .noRun else {
            let why = probe.observation?.errno.map { " (\($0))" } ?? ""
            return
                "no whole answer of the probe about \(attempt.deed)\(why): run again, and look at the exec's own output"
        }
        guard attempt.accepted.contains(outcome) else {
            return "the attempt on \(attempt.deed) ended \(outcome.rawValue), which proves no denial"
        }
        guard outcome == .timeout else { return nil }
        let twin = attempt.twinKey.map { twinReached($0, attempt) } ?? true
        return twin && permittedIsFast
            ? nil
            : "the attempt on \(attempt.deed) timed out, and no control shows that time enough was given: run again on a "
                + "quieter machine, or reject instead of dropping"
    }

    /// Every permitted probe took less than a quarter of its budget.
    private var permittedIsFast: Bool {
        !denial.permitted.isEmpty
            && denial.permitted.allSatisfy { permitted in
                guard let probe = evidence.probe(permitted.key, in: permitted.session),
                    let observation = probe.observation, case .exchange(let exchange) = probe.step.action
                else { return false }
                return observation.elapsedMilliseconds * 4 < Double(exchange.timeout)
            }
    }

    // MARK: W

    private var witnessLeg: [Finding] {
        var leaks: [Finding] = []
        var missing: [String] = []
        for attempt in denial.attempts {
            let probe = evidence.probe(attempt.key, in: attempt.session)
            guard guestOutcome(probe, attempt) != .reached, let seen = sightings(of: probe, attempt).first
            else { continue }
            leaks.append(Finding(.witness, .leak, "the guest reached \(attempt.deed): \(seen)"))
        }
        for session in Set(denial.attempts.map(\.place)).sorted(by: { $0.rawValue < $1.rawValue }) {
            let canaries = Dictionary(
                denial.attempts.filter { $0.place == session }.flatMap(\.canaries).map { ($0.id, $0) },
                uniquingKeysWith: { first, _ in first })
            let visitors = VisitorScan(evidence: evidence, session: session, canaries: canaries)
            if denial.attempts.contains(where: { $0.session == session }) {
                leaks += visitors.leaks
            } else {
                // A neighbour's canary is known to everybody who was to visit it: nobody can say which of them this was.
                missing += visitors.leaks.map(\.text)
            }
            missing += visitors.doubts
            let unfenced = Set(evidence[session]?.unfenced ?? []).intersection(canaries.keys)
            missing += unfenced.sorted().map {
                "the canary \($0) was not seen to be drained after the bottle's end, so what it saw may be incomplete: "
                    + "run again"
            }
            if evidence[session]?.issuedNonces.isEmpty ?? true {
                missing.append("the list of this run's nonces is missing, so strangers cannot be told from the guest")
            }
        }
        // What the guest itself said it reached is a leak of the attempt's leg; the witness saw it all the same.
        let seen = denial.attempts.contains {
            !sightings(of: evidence.probe($0.key, in: $0.session), $0).isEmpty
        }
        let nonces = denial.attempts.count
        let daemons = Set(denial.attempts.compactMap { $0.logDaemon ?? denial.logDaemon }).sorted()
        let logs = daemons.map { " and no line of \($0)'s log" }.joined()
        let holds = "no canary\(logs) saw any of \(nonces) nonces"
        return leaks + condensed(.witness, missing, holds: leaks.isEmpty && !seen ? holds : nil)
    }

    /// Who saw the nonce of a probe, each as a clause.
    private func sightings(
        of probe: ProbeOutcome?, _ attempt: Denial.Attempt, inTwin: Bool = false
    ) -> [String] {
        guard let nonce = probe?.step.nonce.text else { return [] }
        let canaries = evidence.records(of: nonce).map { "\($0.canary) saw its nonce come from \($0.peer)" }
        guard let daemon = attempt.logDaemon ?? denial.logDaemon else { return canaries }
        let logs = evidence[place(attempt, inTwin: inTwin)]?.logs ?? []
        let lines = logs.filter { $0.daemon == daemon && $0.nonce == nonce }
        return canaries + lines.map { "\(daemon) logged its nonce from \($0.client)" }
    }

    // MARK: O

    private var twinLeg: [Finding] {
        let keys = denial.attempts.compactMap { attempt in attempt.twinKey.map { ($0, attempt) } }
        if let absence = evidence.absence(of: .twin) { return [Finding(.twin, .missing, absence)] }
        let missing = keys.filter { !twinReached($0.0, $0.1) }.map { key, attempt in
            let outcome = guestOutcome(evidence.probe(key, in: .twin), attempt, inTwin: true)
            return "the same attempt ended \(outcome.rawValue) in the open twin, where everything is allowed, so "
                + "nothing shows that it could have reached \(attempt.deed)"
        }
        guard !keys.isEmpty else {
            if denial.twinProvenElsewhere { return [] }
            return [
                Finding(
                    .twin, .missing, "no attempt was repeated in the open twin, so none is known to be able to succeed")
            ]
        }
        return condensed(
            .twin, missing, holds: "the open twin reached \(keys.count) of \(keys.count) with the same probe")
    }

    private func twinReached(_ key: String, _ attempt: Denial.Attempt) -> Bool {
        let probe = evidence.probe(key, in: .twin)
        return guestOutcome(probe, attempt, inTwin: true) == .reached
            || !sightings(of: probe, attempt, inTwin: true).isEmpty
    }

    // MARK: -

    private func condensed(_ leg: Finding.Leg, _ missing: [String], holds: String?) -> [Finding] {
        guard !missing.isEmpty else { return holds.map { [Finding(leg, .holds, $0)] } ?? [] }
        var findings = missing.prefix(Self.shown).map { Finding(leg, .missing, $0) }
        if missing.count > Self.shown {
            findings.append(Finding(leg, .missing, "\(missing.count - Self.shown) more of these"))
        }
        return findings
    }
}

extension Denial.Attempt {
    /// The session whose canaries and daemons the attempt would have reached.
    fileprivate var place: Session { neighbour ?? session }
}
