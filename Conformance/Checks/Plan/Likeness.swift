// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Whether two plans of bottles that differ in values alone differ in values alone.
enum Likeness {
    /// The kinds of scripts that one of the two plans has and the other has not: nothing can be said of them.
    static func unmatched(_ report: PlanReport, _ model: PlanReport) -> [String] {
        func scripts(_ report: PlanReport) -> Set<String> {
            Set(report.artefacts.filter { $0.format == .shell }.map(\.kind.rawValue))
        }
        return scripts(report).symmetricDifference(scripts(model)).sorted()
    }

    /// Scripts are the same but for their quoted words.
    static func scripts(_ report: PlanReport, _ model: PlanReport) -> [String] {
        report.artefacts.filter { $0.format == .shell }.compactMap { script in
            guard let model = model.artefact(script.kind), let skeleton = ShellSkeleton(script.text),
                let wanted = ShellSkeleton(model.text)
            else { return nil }
            guard skeleton != wanted else { return nil }
            let diff = UnifiedDiff.between(wanted.text, skeleton.text, oldName: "plain", newName: "hostile")
            return "a value leaves its quotes in \(script.kind)\n\(diff)"
        }
    }

    /// Calls are the same but for the values of variables.
    static func calls(_ report: PlanReport, _ model: PlanReport) -> [String] {
        let (calls, models) = (shapes(report), shapes(model))
        guard calls != models else { return [] }
        let diff = UnifiedDiff.between(models, calls, oldName: "plain", newName: "hostile")
        return ["a value becomes an argument of its own\n\(diff)"]
    }

    /// One argument a line.
    private static func shapes(_ report: PlanReport) -> String {
        let variables = report.plan.guestEnvironment
        let commands = report.commands + [PlannedCommand("agent", report.agentCommand)]
        return commands.map { command in
            let lines = command.argv.map { argument in
                let name = String(argument.prefix { $0 != "=" })
                guard let value = variables[name], argument == "\(name)=\(value)" else {
                    return "  \(Quoted(argument, limit: 200))"
                }
                return "  \(name)=…"
            }
            return ([command.name] + lines).joined(separator: "\n")
        }.joined(separator: "\n") + "\n"
    }
}
