// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceReports

struct RunRecordTests {
    @Test func aWorseSecondResultWinsAndABetterOneDoesNot() {
        let results = [SampleRun.checked("NET-02", .violated, "leak"), SampleRun.checked("NET-02", .pass, "fine")]
        for order in [results, results.reversed()] {
            let entries = RunRecord([SampleRun.started()] + order).entries
            #expect(entries.count == 3)
            #expect(entries.first?.status == .violated)
            #expect(entries.first?.summary == "leak")
        }
    }

    @Test func unannouncedResultsAreKept() {
        let entries = RunRecord([SampleRun.started([]), SampleRun.checked("X-9", .violated, "leak")]).entries
        #expect(entries.map(\.requirement.id) == ["X-9"])
        #expect(entries.map(\.status) == [.violated])
    }

    @Test func reasonsOfWhatDidNotRun() {
        func reason(_ events: [Event]) -> String? { RunRecord(events).entries.last?.summary }
        #expect(reason(SampleRun.dead.events)?.contains("was cut off") == true)
        #expect(reason(SampleRun.interrupted.events)?.contains("by SIGTERM") == true)
        #expect(reason([SampleRun.started(), SampleRun.ended(0)])?.contains("defect of the harness") == true)
    }

    @Test func onlyAWholeRunHasNoDefect() {
        for run in SampleRun.all {
            let isWhole = ["green", "red", "hostile"].contains(run.name)
            #expect((RunRecord(run.events).defect == nil) == isWhole, "\(run.name)")
        }
    }

    @Test func partialAndRoleStandInTheHeadline() throws {
        var started = try #require(RunRecord([SampleRun.started(role: .replay)]).started)
        started.partial = true
        let headline = RunRecord([.runStarted(started)]).headline
        #expect(headline.contains("(replay)"))
        #expect(headline.hasSuffix("partial: not a conformance statement"))
    }

    @Test func manyFindingsAlikeAreCountedAndTheOthersStay() throws {
        let leaks = (1...5).map { Finding(.attempt, .leak, "way \($0)") }
        let findings = [Finding(.permitted, .holds, "in")] + leaks + [Finding(.twin, .holds, "open")]
        let requirement = Requirement(
            id: "A-1", title: "t", statement: "", why: "", probed: "", remedy: "", profiles: [], mutants: [:])
        let entry = RunRecord.Entry(
            requirement: requirement, status: .violated, summary: "s", findings: findings, seconds: 0)
        #expect(
            entry.digest.map(\.text) == [
                "in", "way 1", "way 2",
                "way 3 (and 2 more such; the JUnit report and the events file have them all)", "open",
            ])
    }

    @Test func aRunThatDidNotStartSaysWhy() {
        #expect(RunRecord([.warning("no namespaces here")]).defect == "The run did not start: no namespaces here")
    }
}
