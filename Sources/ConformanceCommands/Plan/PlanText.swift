// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceReports

/// A plan for people: what a manifest may have chosen is shown so that it moves no cursor and reorders no line.
enum PlanText {
    private static let line = Sanitizer(.line)
    private static let block = Sanitizer(.block, limit: 1 << 20)

    static func render(_ plan: PlanDocument) -> String {
        var sections = [contract(plan)]
        sections.append(section("guest environment", variables(plan.guestEnvironment)))
        sections.append(section("bundle \(plan.bundle.name)", bundle(plan.bundle)))
        for file in plan.artefacts {
            let text = block.clean(file.text)
            sections.append(section("\(file.kind) \(file.path) \(file.mode)", text.isEmpty ? "(empty)" : text))
        }
        for command in plan.commands {
            sections.append(section("command \(command.name)", command.argv.map(quoted).joined(separator: " ")))
        }
        return sections.joined(separator: "\n\n")
    }

    private static func contract(_ plan: PlanDocument) -> String {
        var rows = [
            ["backend", plan.backend], ["slug", plan.slug], ["agent", plan.agent], ["machine", plan.machineName],
            ["network", "\(plan.subnet), gateway \(plan.gateway), bundle \(plan.bundleAddress)"],
            ["guest may reach", plan.allowCIDRs.joined(separator: ", ")],
            ["daemons", plan.daemonsCSV], ["agent command", plan.agentCommand.map(quoted).joined(separator: " ")],
            ["prompt", "\(plan.promptFile) -> \(plan.guestPrompt)"],
            ["allowlist", plan.allowlist.isEmpty ? "nobody" : plan.allowlist.joined(separator: ", ")],
        ]
        rows += plan.routes.map { ["route", "\($0.scheme)://\($0.host):\($0.port), token \($0.token)"] }
        rows += plan.gitUpstreams.map { ["git", "\($0.url) at \($0.gate)"] }
        rows += plan.skills.map { ["skill", "\($0.source) -> \($0.target)"] }
        if let path = plan.agentFromPath { rows.append(["image", path]) }
        rows.append(["stage", plan.stageDirectory])
        return TextTable.render(header: ["PLAN", ""], rows: rows.map { $0.map(line.clean) })
    }

    private static func bundle(_ bundle: PlanDocument.Bundle) -> String {
        let mounts = bundle.mounts.map {
            "\(line.clean($0.source)) -> \($0.target)\($0.isReadOnly ? "" : " (writable)")"
        }
        let tokens = bundle.tokenVariables.map { "\($0) (value over stdin, to egress alone)" }
        let variables = variables(bundle.environment)
        return ((variables.isEmpty ? [] : [variables]) + tokens + mounts).joined(separator: "\n")
    }

    private static func variables(_ variables: [String: String]) -> String {
        variables.sorted { $0.key < $1.key }.map { "\($0.key)=\(line.clean($0.value))" }.joined(separator: "\n")
    }

    private static func section(_ title: String, _ text: String) -> String {
        "== \(line.clean(title))\n\(text)"
    }

    /// A word that a person could give to a shell again.
    private static func quoted(_ word: String) -> String {
        let plain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "-_./:@%+=,{}".utf8.contains(byte)
            }
        return plain ? word : "'\(line.clean(word.replacing("'", with: "'\\''")))'"
    }
}
