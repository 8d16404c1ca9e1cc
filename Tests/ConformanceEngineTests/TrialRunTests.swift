// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Synchronization
import Testing

/// Which trials go on together, and which alone.
@Suite(.timeLimit(.minutes(1)))
struct TrialRunTests {
    /// Says what was asked of it, and when it was done.
    private final class RecordingGround: TrialGround {
        private let log = Mutex<[String]>([])
        /// Kinds of which it tells nothing.
        private let silent: Set<HostTrial.Kind>
        var said: [String] { log.withLock { $0 } }

        init(silent: Set<HostTrial.Kind> = []) { self.silent = silent }

        func run(_ kinds: [HostTrial.Kind], plainIsOver: @escaping @Sendable () -> Void) async -> [HostTrialOutcome] {
            let names = kinds.map(\.rawValue).joined(separator: " and ")
            log.withLock { $0.append("begin \(names)") }
            // Whoever may go on now would.
            for _ in 0..<100 { await Task.yield() }
            if kinds.contains(.plain) { log.withLock { $0.append("plain is over") } }
            plainIsOver()
            await Task.yield()
            log.withLock { $0.append("end \(names)") }
            return kinds.filter { !silent.contains($0) }.map { HostTrialOutcome(kind: $0) }
        }
    }

    private struct TrialCheck: Check {
        let kinds: [HostTrial.Kind]
        let requirement = Requirement(
            id: "T-01", title: "", statement: "", why: "", probed: "", remedy: "", scope: .host, profiles: [],
            mutants: [:])

        func declareTrials(_ declaration: inout TrialDeclaration) {
            for kind in kinds { declaration.run(kind.rawValue, kind) }
        }

        func judge(_ evidence: Evidence) -> Judgement {
            let isWhole = kinds.allSatisfy { evidence.trials[$0.rawValue]?.kind == $0 }
            return Judgement(isWhole ? .pass : .inconclusive, "")
        }
    }

    private func run(_ kinds: [HostTrial.Kind], _ ground: RecordingGround) async -> RunSummary {
        await Trial().run([TrialCheck(kinds: kinds)], driver: FakeDriver(), ground: ground)
    }

    @Test func thePlainTrialIsAloneAndThoseThatShareBottlesGoTogether() async {
        let ground = RecordingGround()
        let summary = await run(HostTrial.Kind.allCases, ground)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(ground.said.prefix(2) == ["begin plain and networks and teardown", "plain is over"])
        let begun = ground.said.filter { $0.hasPrefix("begin") }.sorted()
        #expect(
            begun == [
                "begin conversion", "begin failing-bring-up", "begin missing-skill", "begin missing-token",
                "begin missing-tool",
                "begin plain and networks and teardown",
            ])
        #expect(ground.said.suffix(2) == ["begin conversion", "end conversion"], "nothing else goes on beside it")
    }

    @Test(arguments: [HostTrial.Kind.networks, .teardown])
    func oneOfTwoThatShareBottlesIsAskedForAlone(kind: HostTrial.Kind) async {
        let ground = RecordingGround()
        let summary = await run([kind], ground)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(ground.said == ["begin \(kind.rawValue)", "end \(kind.rawValue)"])
    }

    @Test func whatWasRefusedWaitsForNobodyWhereThereIsNoPlainTrial() async {
        let ground = RecordingGround()
        let summary = await run([.missingTool, .missingToken], ground)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(
            ground.said == [
                "begin missing-tool", "end missing-tool", "begin missing-token", "end missing-token",
            ])
    }

    @Test func whatTheGroundDoesNotTellOfIsNotThere() async {
        let summary = await run([.networks, .teardown], RecordingGround(silent: [.networks]))
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
    }
}
