// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

extension EndToEnd {
    /// The main job, as a user runs it.
    @Suite(.timeLimit(.minutes(5)))
    struct GateTests {
        static let gate = [
            "DRIVER-01", "NET-01", "NET-02", "NET-03", "NET-16", "DNS-01", "PROXY-01", "PROXY-02", "PROXY-03",
            "EGRESS-01",
            "EGRESS-02", "EGRESS-03", "PROV-01", "ENV-05",
        ]

        @Test func `the reference bottle passes all fourteen checks`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.run("run", "--profile", "gate@1", "--junit", tool.file("r.xml").path)
                #expect(outcome.status == 0, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                #expect(Set(report.cases.map { String($0.name.prefix { $0 != " " }) }) == Set(Self.gate), "\(outcome)")
                #expect(report.cases.allSatisfy { $0.result == nil }, "\(outcome)")
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: tool.file("r.xml")) == "") }
                #expect(outcome.stdout.contains("this was the reference bottle, not yours"), "\(outcome)")
                #expect(outcome.stdout.contains("launch to first exec"), "\(outcome)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `an open network is violated in one plain sentence`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.run("run", "--backend", "mutant:open", "--junit", tool.file("r.xml").path)
                #expect(outcome.status == 1, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                let violated = try #require(report.cases.first { $0.name.hasPrefix("NET-02 ") })
                #expect(violated.result == "failure", "\(outcome)")
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: tool.file("r.xml")) == "") }
                #expect(outcome.stdout.contains("the guest reached"), "\(outcome)")
                #expect(!outcome.stdout.contains("conformant with"), "\(outcome)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `an egress that is down is inconclusive and never a pass`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.run("run", "--backend", "mutant:egressoff", "--select", "EGRESS-01")
                #expect(outcome.status == 3, "\(outcome)")
                #expect(outcome.stdout.contains("inconclusive"), "\(outcome)")
            }
        }

        @Test func `every first mutant is killed for its stated reason`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.run("mutants", "--format", "json")
                let matrix = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any])
                let armed = try #require(matrix["armed"] as? [String: [String]])
                // What is root's alone on the host no break of ours opens to a guest without any root.
                let unarmed = getuid() == 0 ? [] : ["FS-04"]
                #expect(armed.filter { $0.value.isEmpty }.keys.sorted() == unarmed, "\(outcome)")
                #expect(outcome.status == (unarmed.isEmpty ? 0 : 3), "\(outcome)")
                #expect(!outcome.stdout.contains("survived"), "\(outcome)")
                for id in Self.gate { #expect(outcome.stdout.contains("\"\(id)\""), "\(id) is armed by no mutant") }
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test(.enabled(if: getuid() == 0, "only root can become another user"))
        func `an ordinary user gets the same verdicts`() async throws {
            try await Tool.withTool { tool in
                var tool = tool
                tool.prefix = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                let checks = try await tool.checks()
                let outcome = try await tool.run("run", "--junit", tool.file("r.xml").path)
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try JUnitFile(tool.file("r.xml")).cases.count == checks)
            }
        }
    }
}

/// What a consumer reads from a JUnit file.
struct JUnitFile {
    struct Case {
        var name: String
        /// failure, error or skipped; nil is a pass.
        var result: String?
        /// Of what is no pass: the message and the text below it.
        var text = ""
    }
    var cases: [Case] = []

    /// The case of a requirement.
    subscript(requirement: String) -> Case? { cases.first { $0.name.hasPrefix("\(requirement) ") } }

    init(_ url: URL) throws {
        let delegate = Reader()
        let parser = XMLParser(data: try Data(contentsOf: url))
        parser.delegate = delegate
        try #require(parser.parse(), "the JUnit file is not well-formed XML")
        cases = delegate.cases
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var cases: [Case] = []
        /// Whether the text belongs to the last case's result.
        private var isOpen = false
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            switch name {
            case "testcase": cases.append(Case(name: attributes["name"] ?? ""))
            case "failure", "error", "skipped":
                isOpen = true
                cases[cases.count - 1].result = name
                cases[cases.count - 1].text = (attributes["message"] ?? "") + "\n"
            default: break
            }
        }
        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if isOpen { cases[cases.count - 1].text += string }
        }
        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            if name != "testcase" { isOpen = false }
        }
    }
}
