// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The cache of the tests' own labs; nil where none can be built.
    static let labs = ProcessInfo.processInfo.environment["BOTTLE_TEST_LAB"]

    /// The lab as a user has it, in a cache of the tests' own.
    @Suite(
        .serialized, .timeLimit(.minutes(15)),
        .enabled(if: labs != nil, "needs what a lab is built with: eval \"$(Tests/lab start)\""))
    struct LabTests {
        /// Those of this checkout's labs; others may have theirs.
        private func emulators() throws -> [String] {
            let cache = "\(try #require(EndToEnd.labs))/bottle-conformance/lab/"
            return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
                return String(decoding: line, as: UTF8.self).contains(cache)
            }
        }

        @Test func `a lab is built from nothing, runs commands, and is gone`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                // What another version left there is no part of this lab.
                let archives = URL(filePath: try #require(EndToEnd.labs))
                    .appending(path: "bottle-conformance/lab/parts/archives")
                try FileManager.default.createDirectory(at: archives, withIntermediateDirectories: true)
                let stale = archives.appending(path: "runc_0.1-1_amd64.deb")
                try Data("no package".utf8).write(to: stale)
                let built = try await tool.finish(tool.start(["lab", "build"], environment: environment), within: 800)
                try #require(built.status == 0, "\(built)")
                #expect(!FileManager.default.fileExists(atPath: stale.path))
                #expect(!built.stdout.contains("runc 0.1"), "\(built)")
                #expect(built.stdout.contains("smolvm 1.32.2") && built.stdout.contains("QEMU"))

                let named = try await tool.run("lab", "run", "uname", "-r", environment: environment)
                #expect(named.status == 0 && named.stdout.contains("cloud-amd64"), "\(named)")
                let script = "ls -l /dev/kvm >&2; docker ps --quiet; ip -brief link | grep -cv '^lo\\|docker0'; exit 7"
                let looked = try await tool.run("lab", "run", "--", "sh", "-c", script, environment: environment)
                #expect(looked.status == 7, "\(looked)")
                #expect(looked.stdout == "0\n", "there is a network card: \(looked)")
                #expect(looked.stderr.contains("crw-rw-rw-"))
                let boot = try await tool.run(
                    "lab", "run", "cat", "/proc/sys/kernel/random/boot_id", environment: environment)
                let own = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                #expect(boot.stdout.count == own.count && boot.stdout != own)

                let suite = try await tool.run(
                    "lab", "run", "bottle-conformance", "run", "--backend", "namespaces", "--profile", "seed@1",
                    environment: environment)
                #expect(suite.status == 0 && suite.stdout.contains("conformant with seed@1"), "\(suite)")

                let late = try await tool.run("lab", "run", "--timeout", "1", "sleep", "60", environment: environment)
                #expect(late.status == 2 && late.stderr.contains("did not end in the lab in time"), "\(late)")
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a run goes on in a lab, and its reports come out`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let manifest = try Tool.root.appending(path: "Fixtures/manifests/minimal.yaml").path
                let (junit, events, summary) = (tool.file("r.xml"), tool.file("e.jsonl"), tool.file("s.md"))
                let process = try tool.start(
                    [
                        "run", "--backend", "namespaces", "--profile", "seed@1", "--lab", "always", "--manifest",
                        manifest,
                        "--junit", junit.path, "--events", events.path, "--summary", summary.path,
                    ], environment: environment)
                let outcome = try await tool.finish(process, within: 800)
                try #require(outcome.status == 0, "\(outcome)")
                let lines = outcome.stdout.split(separator: "\n")
                for line in [lines.first, lines.last] {
                    let line = try #require(line)
                    #expect(line.hasPrefix("tested: namespaces (lab), profile seed@1"))
                    for fact in ["emulator QEMU 7", "engine docker 20", "smolvm 1.32.2", "cloud-amd64", "lab "] {
                        #expect(line.contains(fact), "\(fact) is not in \(line)")
                    }
                }
                #expect(outcome.stderr.contains("bottle is up"), "progress came out: \(outcome)")
                let report = try String(contentsOf: junit, encoding: .utf8)
                #expect(report.contains("name=\"role\" value=\"lab\"") && report.contains("subject.smolvm"))
                #expect(try JUnitFile(junit).cases.count == 5)
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: junit) == "") }
                #expect(try String(contentsOf: summary, encoding: .utf8).contains("conformant with seed&#64;1"))
                let log = try String(contentsOf: events, encoding: .utf8).split(separator: "\n")
                #expect(log.count > 5)
                for line in log { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a tool that was brought once is there, and an older one goes`() async throws {
            let labs = try #require(EndToEnd.labs)
            let environment = ["XDG_CACHE_HOME": labs]
            let root = "\(labs)/bottle-conformance/lab"
            func layers() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.contains("-") }.sorted()
            }
            try await Tool.withTool { tool in
                let first = try await tool.run(
                    "lab", "run", "bottle-conformance", "--version", environment: environment)
                try #require(first.status == 0, "\(first)")
                let kept = try layers()
                #expect(kept.count == 1)
                let second = try await tool.run(
                    "lab", "run", "bottle-conformance", "--version", environment: environment)
                #expect(second.status == 0 && !second.stderr.contains("once"), "\(second)")
                #expect(second.stdout == first.stdout)
                // Another tool: a copy with one more byte.
                let copy = tool.file("bin")
                try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
                for name in ["bottle-conformance", "bottle-bundle", "bottle-launcher", "bottle-probe", "bottle-tls"] {
                    try FileManager.default.copyItem(
                        at: try Tool.products.appending(path: name), to: copy.appending(path: name))
                }
                let probe = try FileHandle(forWritingTo: copy.appending(path: "bottle-probe"))
                try probe.seekToEnd()
                try probe.write(contentsOf: Data("\n".utf8))
                try probe.close()
                let changed = try await tool.run(
                    "lab", "run", "bottle-conformance", "--version",
                    environment: environment.merging(["BOTTLE_HELPERS_DIR": copy.path]) { $1 })
                #expect(changed.status == 0 && changed.stderr.contains("once"), "\(changed)")
                let now = try layers()
                #expect(now.count == 1 && now != kept)
                // A copy that broke off is not used, but made again.
                let handle = try FileHandle(forWritingTo: URL(filePath: "\(root)/\(now[0])/state"))
                try handle.truncate(atOffset: 1000)
                try handle.close()
                let again = try await tool.run(
                    "lab", "run", "bottle-conformance", "--version",
                    environment: environment.merging(["BOTTLE_HELPERS_DIR": copy.path]) { $1 })
                #expect(again.status == 0 && again.stderr.contains("once"), "\(again)")
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `agents' files, skills and goldens are brought along`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let manifests = try Tool.root.appending(path: "Fixtures/manifests")
                let goldens = tool.file("goldens")
                let recorded = try await tool.run(
                    "plan", "--backend", "smolmachines", "--record-goldens", goldens.path,
                    environment: ["XDG_STATE_HOME": "/s"])
                try #require(recorded.status == 0, "\(recorded)")
                func compare(_ manifest: String, _ agent: String) async throws -> Tool.Outcome {
                    try await tool.run(
                        "run", "--backend", "smolmachines", "--select", "RENDER-03", "--lab", "always", "--goldens",
                        goldens.path, "--manifest", manifests.appending(path: manifest).path, "--agent", agent,
                        environment: environment)
                }
                let whole = try await compare("agents.yaml", "reviewer")
                #expect(whole.status == 0 && whole.stdout.contains("smolmachines (lab)"), "\(whole)")
                let contract = goldens.appending(path: "everything/contract.json")
                let text = try String(contentsOf: contract, encoding: .utf8)
                try Data(text.replacing("10.77.", with: "10.78.").utf8).write(to: contract)
                let differing = try await compare("skills.yaml", "helper")
                #expect(differing.status == 1 && differing.stdout.contains("10.78."), "\(differing)")
                // Nothing but what runs a bottle of a microVM goes to a lab by itself.
                let here = try await tool.run("run", "--backend", "smolmachines", "--select", "RENDER-03")
                #expect(here.status == 0 && here.stdout.contains("(reference)"), "\(here)")
                // What is no plain file or leads away is refused here, by name.
                try FileManager.default.createSymbolicLink(
                    atPath: goldens.appending(path: "away").path, withDestinationPath: "/etc/passwd")
                let away = try await compare("agents.yaml", "reviewer")
                #expect(away.status == 64 && away.stderr.contains("leads out of it"), "\(away)")
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a red run is red, and a mutant stays one`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let junit = tool.file("r.xml")
                let outcome = try await tool.run(
                    "run", "--backend", "mutant:open", "--select", "NET-02", "--lab", "always", "--junit", junit.path,
                    environment: environment)
                #expect(outcome.status == 1 && outcome.stdout.contains("(mutant)"), "\(outcome)")
                #expect(try JUnitFile(junit).cases.contains { $0.result == "failure" })
            }
        }

        @Test func `a signal ends the run in the lab, and then the lab`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let (junit, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                let process = try tool.start(
                    [
                        "run", "--lab", "always", "--profile", "seed@1", "--junit", junit.path, "--events",
                        events.path,
                    ], environment: environment
                )
                let end = ContinuousClock.now + .seconds(200)
                while (try? String(contentsOf: events, encoding: .utf8).contains("session-launched")) != true {
                    try #require(ContinuousClock.now < end && process.isRunning, "no bottle came up")
                    try await Task.sleep(for: .milliseconds(50))
                }
                kill(process.processIdentifier, SIGINT)
                let outcome = try await tool.finish(process)
                #expect(outcome.status == 130, "\(outcome)")
                #expect(outcome.stdout.contains("interrupted by SIGINT"), "\(outcome)")
                let report = try JUnitFile(junit)
                #expect(report.cases.count == 6 && report.cases.contains { $0.result == "error" }, "\(outcome)")
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: junit) == "") }
                #expect(try emulators().isEmpty)
            }
        }

        @Test(arguments: [1, 2])
        func `a run whose lab breaks down begins again once, and says so`(breakdowns: Int) async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let (junit, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                let process = try tool.start(
                    ["run", "--lab", "always", "--profile", "seed@1", "--junit", junit.path, "--events", events.path],
                    environment: environment)
                for breakdown in 1...breakdowns {
                    try await tool.poll("bottle \(breakdown) comes up", within: .seconds(200)) {
                        let text = (try? String(contentsOf: events, encoding: .utf8)) ?? ""
                        let hasBegunAgain = breakdown == 1 || text.contains("begins again")
                        return hasBegunAgain && text.contains("session-launched")
                    }
                    // As an emulator ends whose kernel panicked: from one moment to the next.
                    for emulator in try emulators() { kill(try #require(pid_t(emulator)), SIGKILL) }
                }
                let outcome = try await tool.finish(process, within: 300)
                #expect(outcome.stderr.contains("begins again in a fresh one"), "\(outcome)")
                let text = try String(contentsOf: events, encoding: .utf8)
                #expect(text.hasPrefix("{") && text.contains("begins again in a fresh one"), "\(text.prefix(300))")
                let report = try JUnitFile(junit)
                if breakdowns == 1 {
                    #expect(outcome.status == 0, "\(outcome)")
                    #expect(report.cases.count >= 5 && report.cases.allSatisfy { $0.result == nil }, "\(outcome)")
                    // The second run's alone: one verdict for each requirement.
                    let finished = text.split(separator: "\n").count { $0.contains("\"run-ended\"") }
                    #expect(finished == 1, "\(finished)")
                } else {
                    #expect(outcome.status == 2, "\(outcome)")
                    #expect(report.cases.contains { $0.result == "error" }, "\(outcome)")
                    #expect(!outcome.stdout.contains("conformant with"), "\(outcome)")
                }
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a signal that comes before the lab is up ends it`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let junit = tool.file("r.xml")
                let process = try tool.start(
                    ["run", "--lab", "always", "--junit", junit.path], environment: environment)
                try await tool.poll("an emulator runs") { try !emulators().isEmpty }
                kill(process.processIdentifier, SIGTERM)
                let outcome = try await tool.finish(process, within: 30)
                #expect(outcome.status == 143 && outcome.stderr.contains("SIGTERM came before"), "\(outcome)")
                #expect(try JUnitFile(junit).cases.allSatisfy { $0.result == "error" })
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a shell in a lab is a terminal, and ends with its exit code`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs), "TERM": "xterm"]
            try await Tool.withTool { tool in
                let piped = try await tool.run("lab", "shell", environment: environment)
                #expect(piped.status == 64 && piped.stderr.contains("terminal"), "\(piped)")
                let outcome = try await tool.shell(
                    """
                    printf 'tty; id -u; echo A$((1+1))B; exit 5\\n' | script -qec '"$TOOL" lab shell' /dev/null
                    """, environment: environment)
                #expect(outcome.status == 5, "\(outcome)")
                #expect(outcome.stdout.contains("/dev/ttyS0") && outcome.stdout.contains("A2B"), "\(outcome)")
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `what a lab cannot have is said before one is brought up`() async throws {
            try await Tool.withTool { tool in
                let engine = try await tool.run("run", "--backend", "docker", "--engine", "podman", "--lab", "always")
                #expect(engine.status == 64 && engine.stderr.contains("has Docker only"), "\(engine)")
                let image = try await tool.run(
                    "run", "--backend", "docker", "--lab", "always", environment: ["CLAUDE_BOTTLE_IMAGE": "mine:1"])
                #expect(image.status == 64 && image.stderr.contains("CLAUDE_BOTTLE_IMAGE"), "\(image)")
                let forged = try await tool.run(
                    "run", "--lab", "always", environment: ["BOTTLE_CONFORMANCE_LAB": "yes"])
                #expect(forged.status == 64 && forged.stderr.contains("unset it"), "\(forged)")
                let prepare = try await tool.run("lab", "prepare", "docker")
                #expect(prepare.status == 64 && prepare.stderr.contains("nothing to prepare here"), "\(prepare)")
                let goldens = tool.file("goldens")
                try FileManager.default.createDirectory(at: goldens, withIntermediateDirectories: true)
                let missing = try await tool.run("run", "--lab", "always", "--goldens", goldens.path)
                #expect(missing.status == 64 && missing.stderr.contains("goldens.json"), "\(missing)")
            }
        }

        @Test func `a part that is not the one that was tested is refused`() async throws {
            try await Tool.withTool { tool in
                let cache = tool.file("cache")
                let parts = cache.appending(path: "bottle-conformance/lab/parts")
                try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
                let name = "smolmachines-1.32.2-cp39-abi3-manylinux_2_28_x86_64.whl"
                try Data("no wheel".utf8).write(to: parts.appending(path: name))
                let outcome = try await tool.run("lab", "build", environment: ["XDG_CACHE_HOME": cache.path])
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains(name) && outcome.stderr.contains("Delete it"), "\(outcome)")
                let left = try FileManager.default.contentsOfDirectory(
                    atPath: cache.appending(path: "bottle-conformance/lab").path)
                #expect(!left.contains { $0.hasSuffix(".draft") }, "\(left)")
                let cleaned = try await tool.run("lab", "clean", environment: ["XDG_CACHE_HOME": cache.path])
                #expect(cleaned.status == 0 && !FileManager.default.fileExists(atPath: parts.path), "\(cleaned)")
            }
        }
    }
}
