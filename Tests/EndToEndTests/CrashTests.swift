// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Whatever ends a run, nothing of ours stays: no process, no namespace, no file.
    @Suite(.serialized, .timeLimit(.minutes(5)))
    struct CrashTests {
        @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(129))])
        func `a signal tears down, writes the report and sets the exit code`(signal: Int32, expected: Int32)
            async throws
        {
            try await Tool.withTool { tool in
                let process = try tool.start(["run", "--junit", tool.file("r.xml").path])
                let before = Remains(try await descendants(of: process, atLeast: 3))
                kill(process.processIdentifier, signal)
                let outcome = try await tool.finish(process)
                #expect(outcome.status == expected, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                #expect(try await report.cases.count > tool.checks(), "\(outcome)")
                #expect(report.cases.contains { $0.result == "error" }, "\(outcome)")
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: tool.file("r.xml")) == "") }
                try await expectGone(before, of: tool)
            }
        }

        @Test func `a killed run leaves readable events, and no green report of an earlier one`() async throws {
            try await Tool.withTool { tool in
                let (report, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                try Data("<testsuites/>".utf8).write(to: report)
                let process = try tool.start(["run", "--junit", report.path, "--events", events.path])
                try await tool.poll("a bottle is up") {
                    (try? String(contentsOf: events, encoding: .utf8).contains("session-launched")) ?? false
                }
                kill(process.processIdentifier, SIGKILL)
                _ = try await tool.finish(process)
                let cases = try JUnitFile(report).cases
                #expect(try await cases.count == tool.checks() + 1)
                #expect(cases.allSatisfy { $0.result == "error" }, "\(cases)")
                for line in try String(contentsOf: events, encoding: .utf8).split(separator: "\n") {
                    _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
                }
                _ = try await tool.run("gc")
            }
        }

        @Test func `the terminal's end is nobody's business under nohup`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.shell(
                    """
                    nohup "$TOOL" run --select PROV-01 >out 2>&1 & pid=$!
                    until grep -q 'launch' out; do sleep 0.01; done
                    kill -HUP $pid; wait $pid
                    """)
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test(arguments: [0, 10, 30, 60, 120, 250, 500])
        func `kill -9 at any moment, then gc, leaves nothing`(milliseconds: Int) async throws {
            try await Tool.withTool { tool in
                let process = try tool.start(["run"])
                try await Task.sleep(for: .milliseconds(milliseconds))
                // Stopped first: what it has started is then all there is.
                kill(process.processIdentifier, SIGSTOP)
                let before = Remains(Processes.descendants(of: process.processIdentifier))
                kill(process.processIdentifier, SIGKILL)
                _ = try await tool.finish(process)
                try await expectGone(before, of: tool)
            }
        }

        /// Polls until the run has that many descendants: it is then in the middle of its work.
        private func descendants(of process: Process, atLeast count: Int) async throws -> Set<String> {
            let deadline = ContinuousClock.now + .seconds(20)
            while process.isRunning, ContinuousClock.now < deadline {
                let found = Processes.descendants(of: process.processIdentifier)
                if found.count >= count { return found }
                try await Task.sleep(for: .milliseconds(2))
            }
            throw CocoaError(.userCancelled)
        }

        /// What must be gone: processes, and the namespaces they were in while they lived (a dead one's pid may be another's).
        private struct Remains {
            let processes: Set<String>
            let namespaces: Set<String>

            init(_ processes: Set<String>) {
                self.processes = processes
                namespaces = Processes.namespaces(of: processes)
                    .subtracting(Processes.namespaces(of: ["\(getpid()):0"]))
            }
        }

        private func expectGone(_ remains: Remains, of tool: Tool) async throws {
            let deadline = ContinuousClock.now + .seconds(10)
            // Orphans are gone for good only when the machine's init has reaped them.
            while ContinuousClock.now < deadline,
                remains.processes.contains(where: Processes.isAlive)
                    || !Processes.inhabited.isDisjoint(with: remains.namespaces)
            {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(remains.processes.filter(Processes.isAlive).isEmpty)
            #expect(Processes.inhabited.intersection(remains.namespaces).isEmpty)
            let collected = try await tool.run("gc")
            #expect(collected.status == 0, "\(collected)")
            #expect(try tool.bottles.isEmpty, "\(collected)")
        }
    }
}
