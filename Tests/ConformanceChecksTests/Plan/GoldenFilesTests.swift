// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceChecks

/// The goldens of the standard bottles: files in `Fixtures`, the same texts in the program, and what both are worth.
///
/// `BOTTLE_RECORD=1` writes both anew from the reference, and fails, so that CI never does. Read the difference: a golden
/// is what a driver is held to.
@Suite struct GoldenFilesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let fixtures = root.appending(path: "Fixtures/golden/contract")
    private static let sources = root.appending(path: "Conformance/Checks/Plan/Goldens")
    private static let isRecording = ProcessInfo.processInfo.environment["BOTTLE_RECORD"] == "1"
    private static let names = PlanScene.standard.map(\.name)

    private func report(_ name: String, _ kind: BackendKind) throws -> PlanReport {
        let scene = try #require(PlanScene.standard.first { $0.name == name })
        return try SimulatedPlans.planner(kind).report(scene.step().request)
    }

    private func compare(_ text: String, with file: String, embedded: String?, in source: String) throws {
        let path = Self.fixtures.appending(path: file)
        let swift = Self.sources.appending(path: "\(source).swift")
        if Self.isRecording {
            try Data(text.utf8).write(to: path)
            let body = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : "        \($0)" }.joined(separator: "\n")
            let old = try String(contentsOf: swift, encoding: .utf8)
            let begin = try #require(old.range(of: "##\"\"\"\n"))
            // A last line that is empty stands for the line feed at the end.
            try Data("\(old[..<begin.upperBound])\(body)\n        \"\"\"##\n}\n".utf8).write(to: swift)
            Issue.record("recorded \(file); run again without BOTTLE_RECORD")
            return
        }
        let frozen = try String(contentsOf: path, encoding: .utf8)
        #expect(UnifiedDiff.between(frozen, text, oldName: file, newName: "reference").isEmpty)
        #expect(embedded == frozen, "\(source).swift is stale: record it")
    }

    @Test(arguments: names)
    func theReferenceKeepsItsContract(name: String) throws {
        let text = PlanView.contract(try report(name, .namespaces)).pretty
        let source = "GoldenContracts+\(Self.identifier(name))"
        try compare(text, with: "\(name).json", embedded: GoldenContracts.all[name], in: source)
    }

    @Test(arguments: names.filter { $0 != "hostile-strings" })
    func theReferenceKeepsTheSeedsForm(name: String) throws {
        let report = try report(name, .microvm)
        let artefact = try #require(report.artefact(.smolfile))
        let text = HostPaths(report).named(in: artefact.text)
        let source = "GoldenSmolfiles+\(Self.identifier(name))"
        try compare(text, with: "\(name).smolfile.toml", embedded: GoldenSmolfiles.all[name], in: source)
    }

    @Test(arguments: names, BackendKind.allCases)
    func everyBackendHasTheSameContract(name: String, kind: BackendKind) throws {
        #expect(PlanView.contract(try report(name, kind)).pretty == GoldenContracts.all[name])
    }

    /// What the reference computed and what a second implementation computes from the contract's text is one.
    @Test(arguments: names)
    func theSecondImplementationAgrees(name: String) throws {
        let scene = try #require(PlanScene.standard.first { $0.name == name })
        let expected = try #require(ExpectedPlan(scene.step()))
        let wanted = try #require(GoldenContracts.all[name])
        let got = expected.contract(agentName: scene.agentName).pretty
        #expect(UnifiedDiff.between(wanted, got, oldName: "golden", newName: "second implementation") == "")
    }

    /// The seeds' form, written a second time: printable ASCII, backslash and quote escaped, sorted by name.
    @Test(arguments: names.filter { $0 != "hostile-strings" })
    func theSeedsFormIsTheSeeds(name: String) throws {
        let scene = try #require(PlanScene.standard.first { $0.name == name })
        let expected = try #require(ExpectedPlan(scene.step()))
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        let entries = expected.environment.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        let text = """
            name = \(quoted(expected.machine))
            command = ["sleep", "infinity"]
            env = [\(entries.map { quoted("\($0.key)=\($0.value)") }.joined(separator: ", "))]

            [[net]]
            type = "virtio-net"
            attachment = "unixgram"
            socket = "<stage>/gvproxy.sock"

            """
        #expect(GoldenSmolfiles.all[name] == text)
    }

    private static func identifier(_ name: String) -> String {
        name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
