// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Where the output goes is the caller's choice, and an odd one costs neither the verdict nor a report.
    @Suite(.timeLimit(.minutes(3)))
    struct StreamTests {
        private static let quick = "run --select PROV-01 --color never"

        @Test(arguments: ["list", "list NET-02", "doctor", "--help", quick])
        func `a full disk behind stdout is an error in one sentence`(command: String) async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.shell("\"$TOOL\" \(command) >/dev/full")
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("cannot write to stdout: No space left on device"), "\(outcome)")
            }
        }

        @Test func `a reader that stops reading costs nothing`() async throws {
            try await Tool.withTool { tool in
                let report = tool.file("r.xml")
                let outcome = try await tool.shell(
                    "\"$TOOL\" \(Self.quick) --junit '\(report.path)' | head -n 1; exit ${PIPESTATUS[0]}")
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try JUnitFile(report).cases.map(\.result) == [nil])
            }
        }

        @Test(arguments: [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
        func `closed streams never let text into a report`(closed: String) async throws {
            try await Tool.withTool { tool in
                let (report, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                let outcome = try await tool.shell(
                    "\"$TOOL\" \(Self.quick) --junit '\(report.path)' --events '\(events.path)' \(closed)")
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try JUnitFile(report).cases.map(\.result) == [nil])
                let lines = try String(contentsOf: events, encoding: .utf8).split(separator: "\n")
                #expect(lines.count > 5)
                #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }, "\(lines)")
            }
        }

        @Test(arguments: ["", "NO_COLOR=1", "TERM=dumb", "--color always"])
        func `a terminal gets colours and a live line, unless it must not`(choice: String) async throws {
            try await Tool.withTool { tool in
                let (variable, option) = choice.hasPrefix("-") ? ("NO_COLOR=1", choice) : (choice, "")
                let outcome = try await tool.shell(
                    """
                    export TERM=xterm; [ -z '\(variable)' ] || export \(variable)
                    script -qec "stty cols 44; '$TOOL' run --select PROV-01 \(option)" /dev/null
                    """)
                #expect(outcome.status == 0, "\(outcome)")
                #expect(outcome.stdout.contains("\u{1b}[32m") == (choice.isEmpty || !option.isEmpty), "\(outcome)")
                #expect(outcome.stdout.contains("\u{1b}[2K") == (choice != "TERM=dumb"), "\(outcome)")
            }
        }

        @Test func `a report that cannot be written is told before anything starts`() async throws {
            try await Tool.withTool { tool in
                for option in ["--junit", "--summary", "--events"] {
                    let outcome = try await tool.run("run", option, "/dev/full")
                    #expect(outcome.status == 2, "\(outcome)")
                    #expect(outcome.stderr.contains("/dev/full") && outcome.stdout.isEmpty, "\(outcome)")
                }
            }
        }

        @Test func `two reports in one file, and too few open files, are told before anything starts`() async throws {
            try await Tool.withTool { tool in
                let same = try await tool.shell("\"$TOOL\" run --junit r --events ./r")
                #expect(same.status == 64 && same.stdout.isEmpty, "\(same)")
                let few = try await tool.shell("ulimit -n 64; \"$TOOL\" run")
                #expect(few.status == 2 && few.stderr.contains("ulimit -n 1024") && few.stdout.isEmpty, "\(few)")
            }
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), "no unshare here"))
        func `without user namespaces every command says so, and the report why`() async throws {
            try await Tool.withTool { tool in
                // The limit belongs to the new user namespace: this machine's own stays as it is.
                let outcome = try await tool.shell(
                    """
                    unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_user_namespaces || exit 99
                    "$TOOL" doctor; echo $?; "$TOOL" bottle up; echo $?; "$TOOL" run --junit r.xml; echo $?'
                    """)
                #expect(outcome.stdout.hasSuffix("2\n2\n2\n"), "\(outcome)")
                #expect(outcome.stderr.contains("user.max_user_namespaces is 0"), "\(outcome)")
                let report = try String(contentsOf: tool.file("r.xml"), encoding: .utf8)
                #expect(report.contains("<error") && report.contains("user.max_user_namespaces is 0"), "\(report)")
            }
        }

        @Test(arguments: [[], ["bottle"], ["nosuch"]])
        func `asking for nothing is no success`(arguments: [String]) async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.finish(tool.start(arguments))
                #expect(outcome.status == 64, "\(outcome)")
                #expect(outcome.stderr.contains("--help") && outcome.stdout.isEmpty, "\(outcome)")
            }
        }
    }
}
