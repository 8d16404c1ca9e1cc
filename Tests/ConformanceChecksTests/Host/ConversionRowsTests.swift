// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine
import Testing

/// The rows about how an image becomes an artefact.
struct ConversionRowsTests {
    private typealias How = ConversionOutcome.Attempt.How

    private static let ids = ["LIFE-05", "LIFE-06", "LIFE-07", "LIFE-08"]
    private static let hello = Hello(
        name: "simulated", version: "1", kind: .microvm, capabilities: [], maxParallel: 3)

    private func judge(
        _ id: String, faults: Set<Fault> = [], _ change: (inout ConversionOutcome) throws -> Void = { _ in }
    ) throws -> Judgement {
        let check = try SimulatedWorld.check(id)
        var trials = SimulatedTrials(faults: faults).outcomes(for: check, hello: Self.hello)
        var conversion = try #require(trials["conversion"]?.conversion)
        try change(&conversion)
        trials["conversion"]?.conversion = conversion
        return check.judge(Evidence(hello: Self.hello, hosts: [], trials: trials, sessions: [:]))
    }

    /// The same with one attempt put another way.
    private func judge(
        _ id: String, _ how: How, _ change: (inout ConversionOutcome.Attempt) -> Void
    ) throws -> Judgement {
        try judge(id) { conversion in
            let index = try #require(conversion.attempts.firstIndex { $0.how == how })
            change(&conversion.attempts[index])
        }
    }

    private static let entry = ConversionOutcome.Entry(
        path: SimulatedConversion.second.artefact, bytes: 10, inode: 99, modified: 99)

    @Test func theyAreAboutMachinesOnly() throws {
        for id in Self.ids { #expect(try SimulatedWorld.check(id).requirement.kinds == [.microvm]) }
    }

    @Test(arguments: ids)
    func aDriverThatConvertsNothingProvesNothing(id: String) throws {
        let none = try judge(id) { $0 = ConversionOutcome() }
        #expect(none.verdict == .inconclusive && none.summary.contains("no image was converted"), "\(none.summary)")
        for change in [
            { $0.ready = 1 }, { $0.packs = 0 }, { $0.appeared = [] },
        ] as [(inout ConversionOutcome.Attempt) -> Void] {
            let judgement = try judge(id, .together, change)
            #expect(judgement.verdict == .inconclusive, "\(judgement.summary)")
        }
    }

    /// By row, the attempts that it rests on.
    private static let needed: [String: [ConversionOutcome.Attempt.How]] = [
        "LIFE-05": [.together, .again, .renamed, .saveFailed, .partial],
        "LIFE-06": [.together, .again, .interrupted, .packKilled, .keepFailed, .partial],
        "LIFE-07": [.together, .saveFailed, .saveKilled, .convertFailed, .keepFailed, .interrupted, .packKilled],
        "LIFE-08": [
            .together, .saveKilled, .convertFailed, .keepFailed, .interrupted, .packKilled, .contentChanged,
            .imageSwapped,
        ],
    ]

    @Test(arguments: ids)
    func everyAttemptThatARowRestsOnMatters(id: String) throws {
        for how in ConversionOutcome.Attempt.How.allCases {
            let isNeeded = try #require(Self.needed[id]).contains(how)
            let lost = try judge(id) { $0.attempts.removeAll { $0.how == how } }
            #expect(lost.verdict == (isNeeded ? .inconclusive : .pass), "\(how) \(lost.summary)")
            guard isNeeded, ![.together, .again, .renamed].contains(how) else { continue }
            let failed = try judge(id, how) { attempt in
                (attempt.isDisturbed, attempt.ready, attempt.marker) = (false, 0, nil)
                attempt.errors = ["no space left"]
            }
            #expect(failed.verdict == .inconclusive && failed.summary.contains("no space left"), "\(failed.summary)")
        }
    }

    // MARK: - LIFE-05

    @Test(arguments: [ConversionOutcome.Attempt.How.again, .renamed])
    func anImageThatDidNotChangeIsLeftAlone(how: ConversionOutcome.Attempt.How) throws {
        #expect(try judge("LIFE-05", how) { $0.packs = 1 }.verdict == .violated)
        #expect(try judge("LIFE-05", how) { $0.saves = 1 }.verdict == .violated)
        #expect(try judge("LIFE-05", how) { $0.appeared = ["smolmachines/x.image.tar"] }.verdict == .violated)
        #expect(try judge("LIFE-05", how) { $0.entries[0].inode = 12 }.verdict == .violated)
        #expect(try judge("LIFE-05", how) { $0.entries[0].modified = 12 }.verdict == .violated)
        #expect(try judge("LIFE-05", how) { $0.ready = 0 }.verdict == .inconclusive)
    }

    @Test func theGuestHasTheImageOfItsReference() throws {
        let old = try judge("LIFE-05", .partial) { $0.marker = SimulatedConversion.first.marker }
        #expect(old.verdict == .violated && old.summary.contains("before"), "\(old.summary)")
        #expect(try judge("LIFE-05", .partial) { $0.marker = "another" }.verdict == .inconclusive)
        #expect(try judge("LIFE-05", .partial) { $0.marker = nil }.verdict == .inconclusive)
    }

    @Test func theNameIsTheDigestsAndTheReferenceTheUsers() throws {
        let named = try judge("LIFE-05", .together) { $0.entries[0].path = "smolmachines/latest.smolmachine" }
        #expect(named.verdict == .violated && named.summary.contains("latest.smolmachine"), "\(named.summary)")
        #expect(try judge("LIFE-05") { $0.reference = SimulatedConversion.first.digest }.verdict == .violated)
        #expect(try judge("LIFE-05") { $0.reference = nil }.verdict == .inconclusive)
    }

    // MARK: - LIFE-06

    @Test(arguments: [ConversionOutcome.Attempt.How.interrupted, .packKilled, .keepFailed])
    func whatIsCutOffLeavesNoEntry(how: ConversionOutcome.Attempt.How) throws {
        let left = try judge("LIFE-06", how) { $0.entries.append(Self.entry) }
        #expect(left.verdict == .violated && left.summary.contains(Self.entry.path), "\(left.summary)")
        // Also where the launch went on for all that.
        let went = try judge("LIFE-06", how) { attempt in
            attempt.entries.append(Self.entry)
            attempt.isDisturbed = false
        }
        #expect(went.verdict == .violated)
    }

    @Test func halfAnArtefactIsNotUsed() throws {
        #expect(try judge("LIFE-06", .partial) { $0.packs = 0 }.verdict == .violated)
        #expect(
            try judge("LIFE-06", .partial) { attempt in
                if let planted = attempt.planted { attempt.entries[1] = planted }
            }.verdict == .violated)
        #expect(try judge("LIFE-06", .partial) { $0.marker = nil }.verdict == .inconclusive)
        #expect(try judge("LIFE-06", .partial) { $0.planted = nil }.verdict == .inconclusive)
        #expect(try judge("LIFE-06", .partial) { $0.ready = 0 }.verdict == .inconclusive)
    }

    @Test func twoAtOnceMakeOne() throws {
        let two = try judge("LIFE-06", .together) { $0.entries.append(Self.entry) }
        #expect(two.verdict == .violated && two.summary.contains("2 artefacts"), "\(two.summary)")
    }

    @Test func aDriverThatUsesNoEntryIsNotBelieved() throws {
        #expect(try judge("LIFE-06", .again) { $0.packs = 1 }.verdict == .inconclusive)
        #expect(try judge("LIFE-06", .again) { $0.entries[0].inode = 12 }.verdict == .inconclusive)
    }

    // MARK: - LIFE-07

    @Test(arguments: ConversionOutcome.Attempt.How.allCases)
    func anArchiveThatStaysIsALeakWheneverThatIs(how: ConversionOutcome.Attempt.How) throws {
        for isDisturbed in [true, false] {
            let judgement = try judge("LIFE-07", how) { attempt in
                attempt.left = ["smolmachines/.docker_temp_1"]
                attempt.isDisturbed = isDisturbed
            }
            #expect(judgement.verdict == .violated && judgement.summary.contains(".docker_temp_1"))
        }
    }

    @Test func aWatcherThatSawNoArchiveIsNotBelieved() throws {
        #expect(try judge("LIFE-07", .convertFailed) { $0.archives = [] }.verdict == .inconclusive)
    }

    // MARK: - LIFE-08

    @Test(arguments: [
        ("tcp 0.0.0.0:5000", false), ("tcp [::]:5000", false), ("tcp 172.17.0.1:5000", false),
        ("tcp [fe80::1]:5000", false), ("tcp [::ffff:10.0.0.1]:5000", false), ("tcp 127.0.0.1:5000", true),
        ("tcp 127.8.0.1:5000", true), ("tcp [::1]:5000", true), ("tcp [::ffff:127.0.0.1]:5000", true),
    ])
    func onlyLoopbackIsPrivate(socket: String, isPrivate: Bool) throws {
        let judgement = try judge("LIFE-08") { $0.listeners = [.init(socket: socket, during: .together)] }
        #expect(judgement.verdict == (isPrivate ? .pass : .violated), "\(judgement.summary)")
    }

    @Test func whatStaysIsALeakAndSomebodyElsesIsNot() throws {
        let left = try judge("LIFE-08") { $0.left = [.init(.network, "registry-1")] }
        #expect(left.verdict == .violated && left.summary.contains("registry-1"))
        for kind in ["listener", "container", "network"] {
            #expect(try judge("LIFE-08") { $0.planted[kind] = false }.verdict == .inconclusive)
            #expect(try judge("LIFE-08") { $0.planted[kind] = nil }.verdict == .inconclusive)
        }
        let strangers = try judge("LIFE-08") { conversion in
            conversion.strangers = ["container of-a-stranger"]
            conversion.left = [.init(.network, "theirs")]
            conversion.listeners = [.init(socket: "tcp 0.0.0.0:1", during: .again)]
        }
        #expect(strangers.verdict == .inconclusive && strangers.summary.contains("of-a-stranger"))
    }

    @Test(arguments: [ConversionOutcome.Attempt.How.contentChanged, .imageSwapped])
    func whatIsNotTheImageIsRefusedBeforeItIsConverted(how: ConversionOutcome.Attempt.How) throws {
        #expect(try judge("LIFE-08", how) { $0.ready = 1 }.verdict == .violated)
        let late = try judge("LIFE-08", how) { $0.packs = 1 }
        #expect(late.verdict == .inconclusive && late.summary.contains("for another reason"), "\(late.summary)")
    }

    @Test func ofPackedLayersTheOtherImageHasToDo() throws {
        let packed = { (isPacked: Bool) in
            try judge("LIFE-08") { conversion in
                conversion.isPacked = isPacked
                let index = try #require(conversion.attempts.firstIndex { $0.how == .contentChanged })
                conversion.attempts[index].isDisturbed = false
            }.verdict
        }
        #expect(try packed(true) == .pass)
        #expect(try packed(false) == .inconclusive)
    }
}
