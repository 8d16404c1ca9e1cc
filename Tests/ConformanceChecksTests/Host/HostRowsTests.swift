// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine
import Testing

/// The rows that are judged by what a launch does on the host.
@Suite struct HostRowsTests {
    private static let ids = CheckCatalogue.all.filter { $0.requirement.scope == .host }.map(\.requirement.id)
    private static let hello = Hello(
        name: "simulated", version: "1", kind: .namespaces, capabilities: [], tools: ["bottle-probe"], maxParallel: 3)

    private func evidence(_ check: any Check, faults: Set<Fault> = []) -> Evidence {
        Evidence(
            hello: Self.hello, hosts: [],
            plans: (try? SimulatedPlans.evidence(for: check, kind: .namespaces).plans) ?? [:],
            trials: SimulatedTrials(faults: faults).outcomes(for: check, hello: Self.hello), sessions: [:])
    }

    private func judge(
        _ id: String, _ change: (inout [String: HostTrialOutcome]) -> Void
    ) throws -> Judgement {
        let check = try SimulatedWorld.check(id)
        var evidence = evidence(check)
        change(&evidence.trials)
        return check.judge(evidence)
    }

    @Test(arguments: ids)
    func aWholeProofPasses(id: String) throws {
        let judgement = try judge(id) { _ in }
        #expect(judgement.verdict == .pass, "\(judgement)")
    }

    @Test(arguments: ids)
    func everyTrialMatters(id: String) throws {
        let check = try SimulatedWorld.check(id)
        for key in evidence(check).trials.keys {
            #expect(try judge(id) { $0[key] = nil }.verdict == .inconclusive, "\(key)")
            let failed = try judge(id) { $0[key]?.failure = "no space left" }
            #expect(failed.verdict == .inconclusive && failed.summary.contains("no space left"), "\(key)")
            let empty = try judge(id) { trials in trials[key]?.launches = [] }
            #expect(empty.verdict == .inconclusive || id.hasPrefix("SECRET") && key == "failing", "\(id) \(key)")
        }
    }

    /// By row, the trials whose watcher's silence it believes, and the decoys that the watcher must have seen.
    private static let believed: [String: (trials: Set<String>, decoys: Set<String>)] = [
        "DRIVER-04": (["missing"], ["mode"]), "PROV-03": (["plain"], ["mode"]),
        "SECRET-02": (["plain", "failing"], ["argv", "text"]),
        "SECRET-03": (["plain", "failing"], ["content", "text"]), "LIFE-01": (["failing"], ["mode"]),
    ]

    @Test(arguments: ids, ["argv", "content", "mode", "text"])
    func everyDecoyMattersToTheRowsThatNeedIt(id: String, decoy: String) throws {
        for key in try evidence(SimulatedWorld.check(id)).trials.keys {
            let needs = Self.believed[id].map { $0.trials.contains(key) && $0.decoys.contains(decoy) } ?? false
            for lost in [nil, false] as [Bool?] {
                let judgement = try judge(id) { $0[key]?.decoys[decoy] = lost }
                #expect(judgement.verdict == (needs ? .inconclusive : .pass), "\(id) \(key) \(decoy)")
            }
        }
    }

    @Test(arguments: believed.keys.sorted())
    func aWatcherThatMissedSomethingIsNotBelieved(id: String) throws {
        for key in try #require(Self.believed[id]).trials {
            let judgement = try judge(id) { $0[key]?.gaps = ["was too slow for what happened to the files"] }
            #expect(judgement.verdict == .inconclusive && judgement.summary.contains("too slow"), "\(judgement)")
        }
        // What it did see stays proven.
        let leak = try judge("SECRET-03") {
            $0["plain"]?.gaps = ["was too slow"]
            $0["plain"]?.leaks = [.init(place: .file, detail: "here", encoding: "plain")]
        }
        #expect(leak.verdict == .violated)
    }

    @Test(arguments: ids)
    func everyFaultIsNoticed(id: String) throws {
        let check = try SimulatedWorld.check(id)
        for (name, verdict) in check.requirement.mutants {
            guard let fault = Fault(rawValue: name) else { continue }
            #expect(check.judge(evidence(check, faults: [fault])).verdict == verdict, "\(name)")
        }
    }

    @Test func aLaunchThatBreaksDownIsNoRefusal() throws {
        for id in ["DRIVER-04", "PROV-05", "MULTI-02"] {
            let judgement = try judge(id) { trials in
                for key in trials.keys {
                    for index in trials[key]?.launches.indices ?? 0..<0
                    where trials[key]?.launches[index].launched == nil {
                        trials[key]?.launches[index].refused = false
                    }
                }
            }
            #expect(judgement.verdict == .inconclusive, "\(id): \(judgement.summary)")
        }
    }

    @Test func aRefusalNamesItsReason() throws {
        for id in ["DRIVER-04", "PROV-05"] {
            let judgement = try judge(id) { trials in
                for key in trials.keys where key == "missing" {
                    trials[key]?.launches[0].error = "something is missing"
                }
            }
            #expect(judgement.verdict == .violated, "\(id)")
        }
    }

    @Test func aFailureForAnotherReasonDoesNotShowThatTheNetworkWasLookedAt() throws {
        for name in ["second", "taken"] {
            let judgement = try judge("MULTI-02") { trials in
                guard let index = trials["networks"]?.launches.firstIndex(where: { $0.name == name }) else { return }
                trials["networks"]?.launches[index].error = "no space left on 10.77.80.1"
            }
            #expect(judgement.verdict == .inconclusive, "\(name): \(judgement.summary)")
        }
    }

    @Test func aFileThatWasNotSeenBeingMadeMayHaveBeenOpen() throws {
        let judgement = try judge("PROV-03") { trials in
            guard let count = trials["plain"]?.sightings.count else { return }
            trials["plain"]?.sightings[count - 1].isWhole = false
        }
        #expect(judgement.verdict == .inconclusive, "\(judgement.summary)")
    }

    @Test func whatIsLeftIsALeak() throws {
        for id in ["DRIVER-04", "PROV-05", "MULTI-02", "LIFE-01", "LIFE-02"] {
            let judgement = try judge(id) { trials in for key in trials.keys { trials[key]?.left = ["t"] } }
            #expect(judgement.verdict == .violated, "\(id)")
        }
    }

    @Test(arguments: [
        "", "{", "[]", #"{"identity":"t"}"#, SimulatedTrials.metadata.replacing("false", with: "false,\"more\":1"),
        SimulatedTrials.metadata.replacing(#""cwd":"""#, with: #""cwd":"/home/me""#),
        SimulatedTrials.metadata.replacing("2026-01-31T12:00:00Z", with: "31.01.2026 12:00"),
        SimulatedTrials.metadata.replacing("12:00:00Z", with: "12:00:00+02:00"),
    ])
    func metadataThatIsNotWholeIsSeen(text: String) throws {
        let judgement = try judge("LIFE-01") { $0["plain"]?.metadata.append(text) }
        #expect(judgement.verdict == .violated, "\(text)")
    }

    @Test func anIdentityKeepsItsAddress() throws {
        let moved = try judge("LIFE-01") { $0["plain"]?.launches[1].bundleAddress = "10.77.7.2" }
        #expect(moved.verdict == .violated)
        let renamed = try judge("LIFE-01") { $0["plain"]?.launches[1].launched = "t-2" }
        #expect(renamed.verdict == .violated)
    }

    @Test func aBottleThatMovesElsewhereSharesNothing() throws {
        let judgement = try judge("MULTI-02") { trials in
            trials["networks"]?.launches[1] = .init(
                name: "second", slug: "u", launched: "u", bundleAddress: "10.77.200.2")
        }
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
    }

    @Test(arguments: [UInt16(0o644), 0o640, 0o755, 0o601])
    func aWideModeIsALeakHoweverShort(mode: UInt16) throws {
        let judgement = try judge("PROV-03") { $0["plain"]?.sightings[3].modes = [mode, 0o600] }
        #expect(judgement.verdict == .violated)
        let directory = try judge("PROV-03") { $0["plain"]?.sightings[0].modes = [mode] }
        #expect(directory.verdict == .violated)
    }

    @Test func filesThatWereNeverSeenProveNothing() throws {
        for id in ["PROV-03", "SECRET-02", "SECRET-03"] {
            #expect(try judge(id) { $0["plain"]?.sightings = [] }.verdict == .inconclusive, "\(id)")
        }
    }

    @Test(arguments: [
        HostTrialOutcome.Leak.Place.file, .plan, .log, .error, .description,
    ])
    func everyPlaceCounts(place: HostTrialOutcome.Leak.Place) throws {
        let judgement = try judge("SECRET-03") { trials in
            trials["failing"]?.leaks = [.init(place: place, detail: "here", encoding: "hex")]
        }
        #expect(judgement.verdict == .violated && judgement.summary.contains("here"))
    }
}
