// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConformanceReports

struct MarkdownSummaryTests {
    @Test func redRun() {
        #expect(
            MarkdownSummary.render(RunRecord(SampleRun.red.events), conclusion: "Not conformant.") == """
                ## bottle-conformance

                tested&#58; namespaces &#40;reference&#41;, profile gate&#64;1, bottle-conformance 0.1.0, \
                kernel 6.1.0, policy sha256&#58;12ab

                **Not conformant.**

                3 checks: 1 violated, 1 inconclusive, 1 not-applicable; 3.214 s, launch to first exec: 43 ms

                | verdict | id | requirement | result |
                |---|---|---|---|
                | violated | NET-02 | The gateway is out of reach | the guest reached 10.77.3.1&#58;40123 |
                | inconclusive | PROV-01 | The prompt lands | no whole line came back |
                | not-applicable | PROXY-01 | The proxy answers | declared bundle&#58;none |

                ### NET-02&#58; violated

                <pre>
                the guest reached 10.77.3.1:40123
                tried: TCP to the gateway; a canary listens there.
                holds (permitted): the guest reached the proxy
                leak (witness): the canary saw the nonce
                reproduce: bottle-conformance run --backend namespaces --select NET-02
                fix: Drop what is not for the bundle.
                </pre>

                ### PROV-01&#58; inconclusive

                <pre>
                no whole line came back
                tried: sha256 of the file.
                reproduce: bottle-conformance run --backend namespaces --select PROV-01
                fix: Copy it before the agent starts.
                </pre>

                ### PROXY-01&#58; not-applicable

                <pre>
                declared bundle:none
                reproduce: bottle-conformance run --backend namespaces --select PROXY-01
                </pre>

                ### Warnings

                - The variant session has no bottle&#58; no room
                - a veth was left and swept

                """)
    }

    @Test(arguments: SampleRun.all)
    func everyTableRowHasFourCellsAndNoMarkupGetsThrough(run: SampleRun) {
        let text = MarkdownSummary.render(RunRecord(run.events), conclusion: "<b>|`x`")
        #expect(HostileText.isHarmless(text))
        // Inside of <pre> only HTML counts, and there all of it is escaped.
        let sections = text.split(separator: "<pre>\n", omittingEmptySubsequences: false)
        let outside = sections.enumerated().map { index, section in
            guard index > 0 else { return String(section) }
            let parts = section.split(separator: "\n</pre>\n", omittingEmptySubsequences: false)
            #expect(parts.count == 2)
            return String(parts.last ?? "")
        }.joined()
        for line in outside.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.split(separator: "|", omittingEmptySubsequences: false).count == 6)
        }
        for markup in ["<", "![", "`", "@", "www.", "]("] { #expect(!outside.contains(markup), "\(markup)") }
        #expect(!text.contains("<script") && !text.contains("<b>"))
        #expect(text.utf8.count < 1_000_000)
    }
}
