// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceReports

struct JUnitReportTests {
    private static func suite(_ events: [Event]) throws -> ParsedXML.Element {
        let root = try #require(ParsedXML.root(of: JUnitReport.render(RunRecord(events))), "not well-formed")
        #expect(root.name == "testsuites")
        #expect(root.attributes.isEmpty)
        #expect(root.children.count == 1)
        return try #require(root.children.first)
    }

    @Test(arguments: SampleRun.all)
    func countsEqualChildren(run: SampleRun) throws {
        let suite = try Self.suite(run.events)
        func count(_ attribute: String) -> Int? { suite.attributes[attribute].flatMap { Int($0) } }
        #expect(count("tests") == suite.all("testcase").count)
        #expect(count("failures") == suite.all("failure").count)
        #expect(count("errors") == suite.all("error").count)
        #expect(count("skipped") == suite.all("skipped").count)
        #expect(!suite.all("testcase").isEmpty)
        #expect(suite.children.first?.name == "properties")
        #expect(suite.children.suffix(2).map(\.name) == ["system-out", "system-err"])
    }

    @Test(arguments: SampleRun.all)
    func everyResultHasAMessageAndEveryNameIsUnique(run: SampleRun) throws {
        let cases = try Self.suite(run.events).all("testcase")
        #expect(Set(cases.map { $0.attributes["name"] ?? "" }).count == cases.count)
        for item in cases {
            #expect(Set(item.attributes.keys) == ["classname", "name", "time"])
            #expect(item.children.count <= 1)
            for name in ["classname", "name"] {
                let value = item.attributes[name] ?? ""
                #expect(!value.isEmpty && value == Sanitizer(.token).clean(value))
            }
            for child in item.children {
                #expect(child.attributes["message"]?.isEmpty == false)
                #expect((child.attributes["type"] != nil) == (child.name != "skipped"))
            }
        }
    }

    @Test(arguments: [SampleRun.interrupted, .dead, .empty, .nothing, .vacuous])
    func whatIsNotAWholeRunIsNeverGreen(run: SampleRun) throws {
        #expect(!(try Self.suite(run.events).all("error").isEmpty))
    }

    @Test func verdictsBecomeElements() throws {
        let suite = try Self.suite(
            [SampleRun.started([])]
                + Verdict.allCases.map { SampleRun.checked("V-\($0.rawValue)", $0, "because") } + [SampleRun.ended(1)])
        let found = suite.all("testcase").map { item in
            let result = item.children.first
            return [result?.name ?? "", result?.attributes["type"] ?? ""]
        }
        #expect(
            found == [
                ["", ""], ["failure", "violated"], ["error", "inconclusive"], ["skipped", ""], ["skipped", ""],
                ["error", "harness-error"],
            ])
    }

    @Test func aViolationSaysWhatToDo() throws {
        let suite = try Self.suite(SampleRun.red.events)
        #expect(suite.attributes["name"] == "bottle-conformance namespaces gate@1")
        #expect(suite.attributes["timestamp"] == "2026-11-21T02:37:00")
        #expect(suite.attributes["time"] == "3.214")
        #expect(suite.all("system-out").first?.text.hasPrefix("tested: namespaces (reference), ") == true)
        let failure = try #require(suite.all("failure").first)
        #expect(
            failure.attributes["message"]
                == "the guest reached 10.77.3.1:40123 Fix: Drop what is not for the bundle.")
        #expect(failure.text.contains("[witness] leak: the canary saw the nonce"))
        #expect(
            failure.text.contains("Reproduce: bottle-conformance run --backend namespaces --select NET-02"))
        let first = try #require(suite.all("testcase").first)
        #expect(first.attributes["classname"] == "NET")
        #expect(first.attributes["name"] == "NET-02 The gateway is out of reach")
        let properties = Dictionary(
            uniqueKeysWithValues: suite.all("property").map {
                ($0.attributes["name"] ?? "", $0.attributes["value"] ?? "")
            })
        #expect(properties["subject.kernel"] == "6.1.0")
        #expect(properties["role"] == "reference")
        #expect(properties["exit-code"] == "1")
        #expect(properties["launch-to-first-exec-ms"] == "43.400")
    }

    @Test func namesDoNotDependOnTheOutcome() throws {
        func names(_ run: SampleRun) throws -> [String] {
            try Self.suite(run.events).all("testcase").compactMap { $0.attributes["name"] }.filter {
                !$0.hasPrefix("RUN ")
            }
        }
        let expected = try names(.green)
        #expect(expected.count == 3)
        for run in [SampleRun.red, .interrupted, .dead, .vacuous] { #expect(try names(run) == expected) }
    }

    @Test func mutantsHaveAHistoryOfTheirOwn() throws {
        #expect(
            try Self.suite(SampleRun.vacuous.events).attributes["name"]
                == "bottle-conformance mutant:open (mutant) gate@1")
    }

    @Test func hostileTextIsBoundedAndHarmless() throws {
        let text = JUnitReport.render(RunRecord(SampleRun.hostile.events))
        #expect(HostileText.isHarmless(text))
        #expect(!text.contains("]]>"))
        #expect(!text.contains("<script"))
        for child in try Self.suite(SampleRun.hostile.events).all("failure") {
            #expect(child.text.utf8.count <= 66 * 1024)
            #expect(child.text.contains("Reproduce: "))
        }
    }

    @Test func lineBreaksInAMessageSurviveAParser() throws {
        let suite = try Self.suite([
            SampleRun.started([]), SampleRun.checked("A-1", .waived, "one\ntwo\tthree"), SampleRun.ended(0),
        ])
        #expect(suite.all("skipped").first?.attributes["message"] == "one\ntwo\tthree")
    }

    @Test(
        arguments: [
            ("2026-11-21T02:37:00Z", "2026-11-21T02:37:00"), ("2026-11-21T02:37:00.123Z", "2026-11-21T02:37:00"),
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59"), ("2026-02-29T00:00:00Z", "1970-01-01T00:00:00"),
            ("2026-13-01T00:00:00Z", "1970-01-01T00:00:00"), ("0000-01-01T00:00:00Z", "1970-01-01T00:00:00"),
            ("٢٠٢٦-11-21T02:37:00", "1970-01-01T00:00:00"), ("", "1970-01-01T00:00:00"),
            ("yesterday", "1970-01-01T00:00:00"),
        ])
    func timestamps(time: String, expected: String) {
        #expect(JUnitReport.timestamp(time) == expected)
    }
}
