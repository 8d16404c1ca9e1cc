// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants
import Testing

/// What holds for every check of the gate.
struct GateTests {
    private static let changesOfDriver = Set(
        MutantCatalogue.all.filter { if case .driver = $0.change { true } else { false } }.map(\.id))
    private static let ids = CheckCatalogue.all.map(\.requirement.id)

    @Test(arguments: ids)
    func aWholeProofPasses(id: String) throws {
        let judgement = SimulatedWorld.applicable(id).judge(try SimulatedWorld.check(id))
        #expect(judgement.verdict == .pass, "\(judgement)")
        #expect(judgement.findings.allSatisfy { $0.state == .holds })
    }

    @Test(arguments: ids)
    func aWholeProofWithGuestRootPasses(id: String) throws {
        var world = SimulatedWorld.applicable(id)
        world.capabilities.insert("guest-root")
        world.capabilities.remove("tty")
        let judgement = world.judge(try SimulatedWorld.check(id))
        #expect(judgement.verdict == .pass, "\(judgement)")
    }

    @Test(arguments: MutantCatalogue.all.map(\.id))
    func everyMutantIsKilled(id: String) async throws {
        let mutant = try #require(MutantCatalogue.find(id))
        if case .plans(let kinds) = mutant.arena {
            #expect(!kinds.isEmpty)
            for kind in kinds { try await everyPlanMutantIsKilled(mutant, kind) }
            return
        }
        // Those that change the driver need one: the kill matrix of the real backend runs them.
        guard case .fault(let fault) = mutant.change else { return #expect(Self.changesOfDriver.contains(id)) }
        var world = SimulatedWorld.breakable(fault)
        if let needs = mutant.needs { world.capabilities.insert(needs) }
        // Those that have a say in its fate: 43 checks for each of 90 mutants took minutes.
        let results = CheckCatalogue.all.filter { check in
            let id = check.requirement.id
            return mutant.passesNothing || mutant.mustFall[id] != nil || mutant.stillGreen.contains(id)
        }.map { check in
            CheckResult(
                requirement: check.requirement.id, judgement: world.judge(check), seconds: 0, evidence: nil)
        }
        #expect(KillMatrix.judge(mutant, results: results) == .killed(by: mutant.mustFall), "\(results)")
    }

    private func everyPlanMutantIsKilled(_ mutant: Mutant, _ kind: BackendKind) async throws {
        guard case .driver(let wrap) = mutant.change else {
            Issue.record("\(mutant.id) changes no driver")
            return
        }
        let driver = wrap(PlanningDriver(try SimulatedPlans.planner(kind)))
        var results: [CheckResult] = []
        for check in CheckCatalogue.all where check.requirement.scope == .plan {
            let plans = try await SimulatedPlans.outcomes(of: driver, for: check)
            let evidence = Evidence(hello: try await driver.hello(), hosts: [], plans: plans, sessions: [:])
            results.append(
                CheckResult(
                    requirement: check.requirement.id, judgement: check.judge(evidence), seconds: 0, evidence: nil))
        }
        #expect(KillMatrix.judge(mutant, results: results) == .killed(by: mutant.mustFall), "\(kind) \(results)")
    }

    @Test(arguments: ids)
    func losingEvidenceNeverMakesAPass(id: String) throws {
        let check = try SimulatedWorld.check(id)
        // Beside the whole proof, the worlds that this check has to see through, and one in which it knows least.
        let faults = check.requirement.mutants.keys.compactMap(Fault.init(rawValue:)) + [.canned]
        for fault in [nil] + faults.map(Optional.some) where fault == nil || check.requirement.scope != .plan {
            var world = SimulatedWorld.applicable(id)
            world.faults = fault.map { [$0] } ?? []
            let evidence = world.evidence(for: check)
            let before = check.judge(evidence).verdict
            for removal in Removal.all(of: evidence) where fault == nil || !removal.isFine {
                var less = evidence
                removal.apply(&less)
                let after = check.judge(less)
                // A query that only a name server saw is gone with that server's records; the twin's records prove
                // that there are any.
                if before != .pass, removal.name != "bottle witness" {
                    #expect(after.verdict != .pass, "\(id) \(fault.map(\.rawValue) ?? "") without \(removal.name)")
                }
                if fault == nil {
                    #expect(after.verdict != .violated, "\(id) without \(removal.name): \(after.summary)")
                }
            }
        }
    }

    @Test(arguments: ids)
    func everyPlanMatters(id: String) throws {
        let check = try SimulatedWorld.check(id)
        let evidence = SimulatedWorld.applicable(id).evidence(for: check)
        for (index, key) in evidence.plans.keys.sorted().enumerated() {
            // Never asked, or never answered; both of each where there are few.
            for isGone in [false, true] where evidence.plans.count < 20 || isGone == (index % 4 == 0) {
                var less = evidence
                if isGone { less.plans[key] = nil }
                less.plans[key]?.report = nil
                less.plans[key]?.refused = false
                let judgement = check.judge(less)
                #expect(judgement.verdict == .inconclusive, "\(id) \(key): \(judgement.summary)")
            }
        }
    }

    /// Steps that a whole proof can do without, and why.
    private static let unneeded = [
        "PROXY-14 bottle authority": "what is written there shows in whether a leaf verifies with it",
        "PROV-07 bottle believed":
            "tells what is wrong where the verified request fails, and nothing where it does not",
        "DNS-03 twin fetch": "an entry the proxy does not have",
    ].merging(
        ["pipelined", "kept", "length-and-chunks", "two-lengths", "odd-encoding", "list-encoding"].map {
            ("PROXY-09 twin \($0)", "open proxies differ in whether they carry that; a tunnel carries everything")
        }
    ) { first, _ in first }

    @Test func whatIsNotNeededIsThere() throws {
        for name in Self.unneeded.keys {
            let words = name.split(separator: " ").map(String.init)
            let evidence = SimulatedWorld.applicable(words[0]).evidence(for: try SimulatedWorld.check(words[0]))
            let session = try #require(Session(rawValue: words[1]))
            #expect(evidence[session]?.probes[words[2]] != nil, "\(name) excuses nothing")
        }
    }

    @Test(arguments: ids)
    func everyProbeAndExecMatters(id: String) throws {
        let check = try SimulatedWorld.check(id)
        let evidence = SimulatedWorld.applicable(id).evidence(for: check)
        for (session, own) in evidence.sessions {
            for key in own.probes.keys {
                // An entry the proxy does not have is tried in the twin, but needs no proof there.
                if id == "PROXY-03", session == .twin, evidence.isNotOffered(key) { continue }
                if let reason = Self.unneeded["\(id) \(session.rawValue) \(key)"] {
                    #expect(!reason.isEmpty)
                    continue
                }
                var less = evidence
                let nonce = own.probes[key]?.step.nonce.text ?? ""
                less.sessions[session]?.probes[key]?.observation = nil
                // Whoever else saw it come would know as well, in a neighbour too.
                for other in evidence.sessions.keys {
                    less.sessions[other]?.witness.removeAll { $0.nonces.contains(nonce) }
                    less.sessions[other]?.logs.removeAll { $0.nonce == nonce }
                }
                #expect(check.judge(less).verdict == .inconclusive, "\(id) \(session) \(key)")
            }
            for key in own.execs.keys {
                var less = evidence
                less.sessions[session]?.execs[key]?.result = nil
                #expect(check.judge(less).verdict == .inconclusive, "\(id) \(session) \(key)")
            }
        }
    }

    @Test(arguments: ids)
    func noSessionNoPass(id: String) throws {
        let check = try SimulatedWorld.check(id)
        let hello = Hello(name: "null", version: "0", kind: .namespaces, capabilities: [], maxParallel: 1)
        let nothing = Evidence(hello: hello, hosts: [], sessions: [:])
        #expect(check.judge(nothing).verdict == .inconclusive)
        switch check.requirement.scope {
        case .plan: return try noAnswerNoPass(check, hello)
        // What is lost of a trial is lost in the tests of the rows about the host.
        case .host: return
        case .guest: break
        }
        let failed = Evidence(hello: hello, hosts: [], sessions: [.bottle: SessionEvidence(failure: "no such file")])
        let judgement = check.judge(failed)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("no such file"))
    }

    /// A driver that fails at every question has proved nothing, and one that refuses them all has not either.
    private func noAnswerNoPass(_ check: any Check, _ hello: Hello) throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .microvm)
        for (key, outcome) in evidence.plans {
            evidence.plans[key] = PlanOutcome(step: outcome.step, report: nil, error: "no such file")
        }
        var judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("no such file"))
        for key in evidence.plans.keys { evidence.plans[key]?.refused = true }
        judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive || judgement.verdict == .violated, "\(judgement.summary)")
    }

    @Test(arguments: ids)
    func theNullDriverPassesNothing(id: String) async throws {
        let check = try SimulatedWorld.check(id)
        let driver = NullDriver()
        let hello = try await driver.hello()
        var evidence = Evidence(hello: hello, hosts: [SimulatedWorld.host], sessions: [:])
        for session in Session.allCases {
            let simulated = SimulatedBottle(session: session, faults: [], kind: .namespaces)
            let bottle = BottleID(simulated.plan.slug)
            var own = simulated.evidence(for: check, hello: hello)
            own.description = try await driver.describe(bottle)
            own.logs = try await driver.logs(bottle)
            own.witness = []
            for key in own.probes.keys { own.probes[key]?.observation = nil }
            for (key, outcome) in own.execs {
                own.execs[key]?.result = try await driver.exec(outcome.step.request, in: bottle)
            }
            evidence.sessions[session] = own
        }
        evidence.plans = try await SimulatedPlans.outcomes(of: driver, for: check)
        for (key, trial) in SimulatedTrials().outcomes(for: check, hello: hello) {
            // It says yes to every launch, and nothing happens.
            var nothing = HostTrialOutcome(kind: trial.kind)
            nothing.decoys = trial.decoys
            nothing.launches = trial.launches.map {
                .init(name: $0.name, slug: $0.slug, launched: $0.slug, bundleAddress: "")
            }
            evidence.trials[key] = nothing
        }
        let verdict = check.judge(evidence).verdict
        // There is no tool that a driver of this kind could mislead, and this one has not even that.
        #expect(
            verdict == .inconclusive || verdict == .violated || verdict == .notApplicable && id == "RENDER-07")
        if let wanted = check.requirement.mutants["null"] { #expect(verdict == wanted) }
    }

    @Test func requirementsAndMutantsAgree() {
        for check in CheckCatalogue.all {
            for (id, verdict) in check.requirement.mutants {
                let mutant = MutantCatalogue.find(id)
                #expect(mutant?.mustFall[check.requirement.id] == verdict, "\(check.requirement.id) \(id)")
            }
            #expect(!check.requirement.mutants.isEmpty)
            #expect(check.requirement.title.count <= 60, "\(check.requirement.title)")
        }
        for mutant in MutantCatalogue.all {
            for (id, verdict) in mutant.mustFall {
                let check = CheckCatalogue.all.first { $0.requirement.id == id }
                #expect(check?.requirement.mutants[mutant.id] == verdict, "\(mutant.id) \(id)")
            }
        }
        let faults = Set(MutantCatalogue.all.map(\.id))
        #expect(faults == Set(Fault.allCases.map(\.rawValue)).union(Self.changesOfDriver))
        #expect(faults.count == MutantCatalogue.all.count)
    }

    @Test func theGateIsComplete() throws {
        let gate = CheckCatalogue.all.filter { $0.requirement.profiles.contains(Catalogue.gate) }
        #expect(try Catalogue.members(of: Catalogue.gate, among: []) == gate.map(\.requirement.id))
        let seed = CheckCatalogue.all.filter { $0.requirement.profiles.contains(Catalogue.seed) }
        #expect(try Catalogue.members(of: Catalogue.seed, among: []) == seed.map(\.requirement.id))
    }

    @Test(arguments: ids)
    func keysAreUniqueAndNoncesFresh(id: String) throws {
        let check = try SimulatedWorld.check(id)
        let hello = Hello(
            name: "x", version: "0", kind: .namespaces, capabilities: ["guest-root", "tty"], maxParallel: 1)
        for session in Session.allCases {
            let bottle = SimulatedBottle(session: session, faults: [], kind: .namespaces)
            var declaration = Declaration(
                session: session, plan: bottle.plan, description: bottle.description, field: bottle.field, hello: hello,
                agentCommand: bottle.plan.agentCommand, sources: bottle.sources,
                authorities: bottle.authorities.mapValues { $0.evidence() })
            check.declare(&declaration)
            #expect(Set(declaration.probes.map(\.key)).count == declaration.probes.count)
            #expect(Set(declaration.probes.map(\.nonce)).count == declaration.probes.count)
            #expect(Set(declaration.execs.map(\.key)).count == declaration.execs.count)
            let lines = String(decoding: ProbeBatch(declaration.probes).input, as: UTF8.self).split(separator: "\n")
            let steps = lines.filter { !$0.hasPrefix("timeout ") && !$0.hasPrefix("helper ") }
            #expect(steps.count == declaration.probes.count, "every step can be said to the probe")
        }
    }
}

extension Evidence {
    /// Whether the proxy has no such entry, by what it did for the allowed host.
    fileprivate func isNotOffered(_ key: String) -> Bool {
        let allowed = self[.bottle]?.probes["allowed/" + key.dropFirst("denied/".count)]
        let banner = self[.bottle]?.field?.banner ?? ""
        return Outcome.classify(allowed?.observation, banner: banner, witnessHits: 0) != .reached
    }
}
