// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Whether a rendered file says what the plan says that it is rendered from.
enum RoundTrip {
    /// What is wrong with a file, a sentence each.
    static func differences(_ artefact: Artefact, _ report: PlanReport) -> [String] {
        var found: [String] = []
        let modes: [UInt16] = artefact.format == .shell ? [0o600, 0o700] : [0o600]
        if !modes.contains(artefact.mode) {
            found.append("\(artefact.kind) has the mode 0\(String(artefact.mode, radix: 8)), expected 0600")
        }
        let file = RenderedFile(artefact)
        if let problem = file.problem { return found + [problem] }
        switch (artefact.kind, file.value) {
        case (.smolfile, let value?):
            found += environment("env of the Smolfile", value["env"], report)
            if value["command"]?.texts?.isEmpty != false { found.append("the Smolfile has no command") }
        case (.smolvmSmolfile, let value?): found += environment("env of the Smolfile of smolvm", value["env"], report)
        case (.compose, let value?): found += compose(value, report)
        case (.pipelock, let value?):
            let hosts = report.plan.allowlist.isEmpty ? ["none.invalid"] : report.plan.allowlist.sorted()
            found += [difference("api_allowlist", (value["api_allowlist"]?.texts ?? []).sorted(), wanted: hosts)]
                .compactMap(\.self)
        case (.routes, let value?): found += routes(value, report)
        case (.prompt, _):
            found += [difference("the prompt", artefact.text, wanted: report.plan.prompt)].compactMap(\.self)
        default: break
        }
        if artefact.format == .shell, ShellSkeleton(artefact.text) == nil {
            found.append("a quote of \(artefact.kind) does not end")
        }
        return found
    }

    /// `K=V` for each variable, sorted by name.
    private static func environment(_ what: String, _ value: JSONValue?, _ report: PlanReport) -> [String] {
        let wanted = report.plan.guestEnvironment.sorted {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }.map { "\($0.key)=\($0.value)" }
        guard let got = value?.texts else { return ["\(what) is no list of texts"] }
        guard got.count == wanted.count else {
            return ["\(what) has \(got.count) entries, expected \(wanted.count)"]
        }
        // Values are long and hostile: the name says where to look.
        return zip(got, wanted).filter { Array($0.utf8) != Array($1.utf8) }.map { got, wanted in
            "\(what) has \(Quoted(got)) where \(Quoted(wanted)) belongs"
        }
    }

    private static func compose(_ value: JSONValue, _ report: PlanReport) -> [String] {
        let guests = (value["services"]?.members ?? [:]).values.filter {
            $0["container_name"]?.string == report.machineName
        }
        guard guests.count == 1, let entries = guests.first?["environment"] else {
            return ["the compose file has no environment of the guest"]
        }
        var got: [String: String] = [:]
        for (name, value) in entries.members ?? [:] { got[name] = value.string }
        for entry in entries.texts ?? [] {
            let sign = entry.firstIndex(of: "=") ?? entry.endIndex
            got[String(entry[..<sign])] = sign == entry.endIndex ? nil : String(entry[entry.index(after: sign)...])
        }
        let wanted = report.plan.guestEnvironment
        return Set(wanted.keys).union(got.keys).sorted().compactMap { name in
            guard let text = got[name] else {
                return "the guest's \(name) is not in the compose file, or takes the caller's"
            }
            guard let literal = literal(text) else { return "compose would fill something into the guest's \(name)" }
            return difference("the guest's \(name) in the compose file", literal, wanted: wanted[name])
        }
    }

    /// What compose makes of a text: "$$" is "$", and a single one begins something else.
    private static func literal(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "$", rest.popFirst() != "$" { return nil }
            result.append(scalar)
        }
        return String(result)
    }

    private static func routes(_ value: JSONValue, _ report: PlanReport) -> [String] {
        let wanted = report.plan.routes.map { route -> JSONValue in
            let port = route.port ?? (route.scheme == .https ? 443 : 80)
            return .object([
                "host": .string(route.host), "scheme": .string(route.scheme.rawValue), "port": .number(Double(port)),
                "token_variable": .string(route.tokenVariable),
            ])
        }
        let got = value.array ?? []
        let same = got.map(\.pretty).sorted() == wanted.map(\.pretty).sorted()
        return same ? [] : ["routes.yaml has other routes than the plan: \(Quoted(value.pretty, limit: 200))"]
    }
}
