// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The run as JUnit XML.
package enum JUnitReport {
    /// Which consumers the file is for.
    package enum Profile: String, Sendable, CaseIterable {
        /// Only what both the Jenkins model and the Ant schema allow.
        case portable
    }

    /// One testcase; every text in it is sanitised already, so that each part is cut on its own.
    private struct Case {
        var area: String
        var name: String
        var seconds: Double
        var status: RunRecord.Status
        var message: String
        var body: String
    }

    private static let token = Sanitizer(.token, sequences: .removed, limit: 256)
    private static let message = Sanitizer(.block, sequences: .removed, limit: 4 * 1024)
    private static let finding = Sanitizer(.block, sequences: .removed, limit: 16 * 1024)
    private static let evidence = Sanitizer(.block, sequences: .removed, limit: 56 * 1024)
    private static let body = Sanitizer(.block, sequences: .removed, limit: 64 * 1024)

    /// The document: one suite, named after the subject, whose counts equal its children.
    ///
    /// A run that broke off, or that ended badly with no red check, carries one more testcase (`RUN run completed`), so
    /// that the file is never green by itself.
    package static func render(_ run: RunRecord, profile: Profile = .portable) -> String {
        var cases = run.entries.map { testcase($0, in: run) }
        let warnings = body.clean(run.warnings.map(finding.clean).joined(separator: "\n"))
        if let defect = run.defect {
            cases.append(
                Case(
                    area: "RUN", name: "RUN run completed", seconds: 0,
                    status: run.ended.map(\.interrupted) == false ? .harnessError : .notRun,
                    message: message.clean(defect),
                    body: warnings))
        }
        let total = run.ended?.seconds ?? cases.reduce(0) { $0 + max(0, $1.seconds) }
        func count(_ element: String) -> String { String(cases.count { Self.element($0.status) == element }) }
        let attributes = [
            XMLText.attribute("name", suiteName(run)), XMLText.attribute("package", "bottle-conformance"),
            XMLText.attribute("id", "0"), XMLText.attribute("hostname", "localhost"),
            XMLText.attribute("timestamp", timestamp(run.started?.time ?? "")),
            XMLText.attribute("tests", String(cases.count)), XMLText.attribute("failures", count("failure")),
            XMLText.attribute("errors", count("error")), XMLText.attribute("skipped", count("skipped")),
            XMLText.attribute("time", FixedPoint.text(total, digits: 3)),
        ]
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>",
            "  <testsuite \(attributes.joined(separator: " "))>", "    <properties>",
        ]
        lines += properties(run).map { name, value in
            let name = XMLText.attribute("name", token.clean(name))
            return "      <property \(name) \(XMLText.attribute("value", message.clean(value)))/>"
        }
        lines.append("    </properties>")
        lines += cases.map(render)
        lines += [
            "    <system-out>\(XMLText.body(message.clean(run.headline)))</system-out>",
            "    <system-err>\(XMLText.body(warnings))</system-err>",
            "  </testsuite>", "</testsuites>", "",
        ]
        return lines.joined(separator: "\n")
    }

    private static func suiteName(_ run: RunRecord) -> String {
        guard let started = run.started else { return "bottle-conformance" }
        // A replay, a lab run or a mutant must not share a history with the real thing.
        let role = [.real, .reference].contains(started.subject.role) ? "" : " (\(started.subject.role.rawValue))"
        return token.clean("bottle-conformance \(started.subject.backend)\(role) \(started.profile)")
    }

    private static func properties(_ run: RunRecord) -> [(String, String)] {
        guard let started = run.started else { return [] }
        let subject = started.subject
        var list = [
            ("tool", started.tool), ("backend", subject.backend), ("role", subject.role.rawValue),
            ("backend-chosen", String(subject.chosen)), ("profile", started.profile),
            ("partial", String(started.partial)),
        ]
        list += subject.facts.sorted { $0.key < $1.key }.map { ("subject.\($0.key)", $0.value) }
        guard let ended = run.ended else { return list }
        list += [("exit-code", String(ended.exitCode)), ("interrupted", String(ended.interrupted))]
        if let launch = ended.launchToFirstExec {
            list.append(("launch-to-first-exec-ms", FixedPoint.text(launch, digits: 3)))
        }
        return list
    }

    private static func testcase(_ entry: RunRecord.Entry, in run: RunRecord) -> Case {
        let requirement = entry.requirement
        let summary = message.clean(entry.summary)
        let reproduction = "Reproduce: \(message.clean(run.reproduction(requirement.id)))"
        let fix = requirement.remedy.isEmpty ? nil : "Fix: \(message.clean(requirement.remedy))"
        let action: String? =
            switch entry.status {
            case .violated: fix ?? reproduction
            case .inconclusive, .harnessError, .notRun: reproduction
            case .pass, .notApplicable, .waived: nil
            }
        var found = [finding.clean(entry.summary)]
        if !requirement.statement.isEmpty {
            found.append("\(requirement.level.rawValue.uppercased()): \(finding.clean(requirement.statement))")
        }
        if !requirement.probed.isEmpty { found.append("Tried: \(finding.clean(requirement.probed))") }
        found += entry.findings.map { "[\($0.leg.rawValue)] \($0.state.rawValue): \(finding.clean($0.text))" }
        // The closing lines are what a person acts on: no flood of evidence pushes them out.
        let body = [evidence.clean(found.joined(separator: "\n")), reproduction, fix].compactMap { $0 }
        return Case(
            area: requirement.area, name: "\(requirement.id) \(requirement.title)", seconds: entry.seconds,
            status: entry.status, message: [summary, action].compactMap { $0 }.joined(separator: " "),
            body: body.joined(separator: "\n"))
    }

    private static func element(_ status: RunRecord.Status) -> String? {
        switch status {
        case .pass: nil
        case .violated: "failure"
        case .inconclusive, .harnessError, .notRun: "error"
        case .notApplicable, .waived: "skipped"
        }
    }

    private static func render(_ item: Case) -> String {
        let attributes = [
            XMLText.attribute("classname", named(item.area)), XMLText.attribute("name", named(item.name)),
            XMLText.attribute("time", FixedPoint.text(item.seconds, digits: 3)),
        ]
        let head = "    <testcase \(attributes.joined(separator: " "))>"
        guard let element = element(item.status) else { return head + "</testcase>" }
        let message = XMLText.attribute("message", item.message)
        guard element != "skipped" else { return "\(head)<skipped \(message)/></testcase>" }
        let type = XMLText.attribute("type", item.status.rawValue)
        let text = XMLText.body(item.body)
        return "\(head)<\(element) \(type) \(message)>\(text)</\(element)></testcase>"
    }

    /// A consumer drops or chokes on a testcase without a name.
    private static func named(_ text: String) -> String {
        let name = token.clean(text)
        return name.isEmpty ? "unnamed" : name
    }

    /// `2026-11-21T02:37:00`, UTC without a zone, which both schemas want; the epoch for what is no such time.
    static func timestamp(_ time: String) -> String {
        let epoch = "1970-01-01T00:00:00"
        let text = time.utf8.prefix(19)
        guard text.count == 19 else { return epoch }
        for (byte, model) in zip(text, "0000-00-00T00:00:00".utf8) {
            let digit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard model == UInt8(ascii: "0") ? digit : byte == model else { return epoch }
        }
        let numbers = String(decoding: text, as: UTF8.self).split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 6, numbers[0] > 0, (1...12).contains(numbers[1]), numbers[2] > 0, numbers[3] < 24,
            numbers[4] < 60, numbers[5] < 60
        else { return epoch }
        let leap = numbers[0] % 4 == 0 && (numbers[0] % 100 != 0 || numbers[0] % 400 == 0)
        let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return numbers[2] <= days[numbers[1] - 1] ? String(decoding: text, as: UTF8.self) : epoch
    }
}
