// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceReports

struct ConsoleReportTests {
    private static func play(
        _ run: SampleRun, color: Bool = false, live: Bool = false, width: Int = 100
    ) -> (stdout: String, stderr: String) {
        var report = ConsoleReport(color: color, live: live, width: width)
        var stdout = ""
        var stderr = ""
        for event in run.events {
            let output = report.handle(event, conclusion: "This is the conclusion.")
            stdout += output.stdout
            stderr += output.stderr
        }
        let rest = report.finish(conclusion: "This is the conclusion.")
        return (stdout + rest.stdout, stderr + rest.stderr)
    }

    @Test func greenRun() {
        let output = Self.play(.green)
        #expect(
            output.stdout == """
                tested: namespaces (reference), profile gate@1, bottle-conformance 0.1.0, kernel 6.1.0, policy sha256:12ab

                pass            NET-02    The gateway is out of reach  refused; no canary saw it
                pass            PROV-01   The prompt lands             the hashes agree
                pass            PROXY-01  The proxy answers            200 OK

                3 checks: 3 pass; 3.214 s, launch to first exec: 43 ms
                This is the conclusion.
                tested: namespaces (reference), profile gate@1, bottle-conformance 0.1.0, kernel 6.1.0, policy sha256:12ab

                """)
        #expect(
            output.stderr == """
                3 checks to judge
                launch: starting 2 bottles
                launch: bottle is up as cf-1a after 42 ms
                pass NET-02
                pass PROV-01
                pass PROXY-01

                """)
    }

    @Test func redRunInANarrowTerminal() {
        let output = Self.play(.red, width: 60)
        #expect(
            output.stdout == """
                tested: namespaces (reference), profile gate@1, bottle-conformance 0.1.0, kernel 6.1.0, policy sha256:12ab

                VIOLATED        NET-02    The gateway is out of reach
                    the guest reached 10.77.3.1:40123
                inconclusive    PROV-01   The prompt lands
                    no whole line came back
                not-applicable  PROXY-01  The proxy answers
                    declared bundle:none

                VIOLATED: NET-02 The gateway is out of reach
                  result      the guest reached 10.77.3.1:40123
                  must        A guest MUST NOT reach its gateway.
                  why         The gateway is the host.
                  tried       TCP to the gateway; a canary listens there.
                  permitted   holds: the guest reached the proxy
                  witness     leak: the canary saw the nonce
                  reproduce   bottle-conformance run --backend namespaces --select NET-02
                  fix         Drop what is not for the bundle.

                inconclusive: PROV-01 The prompt lands
                  result      no whole line came back
                  must        The prompt file MUST land byte for byte.
                  why         An agent without its prompt does something
                              else.
                  tried       sha256 of the file.
                  reproduce   bottle-conformance run --backend namespaces --select PROV-01
                  fix         Copy it before the agent starts.

                not-applicable: PROXY-01 The proxy answers
                  result      declared bundle:none
                  must        pipelock MUST answer on port 8888.
                  reproduce   bottle-conformance run --backend namespaces --select PROXY-01

                warning     The variant session has no bottle: no room
                warning     a veth was left and swept

                3 checks: 1 violated, 1 inconclusive, 1 not-applicable; 3.214 s, launch to first exec: 43 ms
                This is the conclusion.
                tested: namespaces (reference), profile gate@1, bottle-conformance 0.1.0, kernel 6.1.0, policy sha256:12ab

                """)
        #expect(output.stderr.contains("violated NET-02: the guest reached 10.77.3.1:40123\n"))
    }

    @Test(arguments: SampleRun.all)
    func firstAndLastLineNameTheSubject(run: SampleRun) throws {
        let lines = Self.play(run).stdout.split(separator: "\n")
        let last = try #require(lines.last)
        #expect(last.hasPrefix("tested: "))
        if !run.events.isEmpty { #expect(lines.first == last) }
    }

    @Test(arguments: [SampleRun.interrupted, .dead])
    func brokenRunsSaySo(run: SampleRun) {
        let output = Self.play(run).stdout
        #expect(output.contains("3 checks: 1 pass, 2 not-run"))
        #expect(output.contains(run.name == "dead" ? "The run was cut off" : "The run was interrupted by SIGTERM"))
    }

    @Test func resultsComeOnce() {
        var report = ConsoleReport(color: false, live: false, width: 80)
        for event in SampleRun.green.events { _ = report.handle(event) }
        #expect(report.finish(conclusion: "again") == ConsoleOutput())
    }

    @Test func liveLineIsErasedBeforeAnythingElse() {
        let output = Self.play(.red, live: true)
        let green = Self.play(.green, live: true).stderr
        #expect(
            green == "[0/3] launch: starting 2 bottles" + "\r\u{1b}[2K[0/3] launch: bottle is up as cf-1a after 42 ms"
                + "\r\u{1b}[2K[1/3] pass NET-02" + "\r\u{1b}[2K[2/3] pass PROV-01"
                + "\r\u{1b}[2K[3/3] pass PROXY-01" + "\r\u{1b}[2K")
        #expect(output.stderr.contains("\r\u{1b}[2Kwarning: a veth was left and swept\n"))
        #expect(HostileText.isHarmless(output.stdout))
    }

    @Test func colourIsOnlyOnDemand() {
        #expect(Self.play(.red, color: true).stdout.contains("\u{1b}[1;31mVIOLATED        \u{1b}[0m"))
        #expect(!Self.play(.red).stdout.contains("\u{1b}"))
    }

    @Test func hostileTextStaysText() {
        let own = ["\r\u{1b}[2K", "\u{1b}[0m", "\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"]
        let plain = Self.play(.hostile)
        #expect(HostileText.isHarmless(plain.stdout))
        #expect(HostileText.isHarmless(plain.stderr))
        let rich = Self.play(.hostile, color: true, live: true)
        #expect(HostileText.isHarmless(rich.stdout, allowing: own))
        #expect(HostileText.isHarmless(rich.stderr, allowing: own))
        // A forged verdict is always indented or behind other text.
        #expect(!plain.stdout.split(separator: "\n").contains { $0.hasPrefix("pass") && $0.contains("forged") })
        #expect(plain.stdout.utf8.count < 1_000_000)
    }

    @Test func theBackendIsQuotedForTheShell() {
        let run = RunRecord([SampleRun.started(chosen: true, backend: "exec:a b'c")])
        #expect(run.reproduction("NET-02") == "bottle-conformance run --backend 'exec:a b'\\''c' --select NET-02")
        #expect(RunRecord(SampleRun.green.events).reproduction("X-1") == "bottle-conformance run --select X-1")
    }
}
