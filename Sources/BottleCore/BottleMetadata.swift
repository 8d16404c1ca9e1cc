// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Who launched what, and when: `metadata.json`, written before bring-up, with the same keys on every backend.
public struct BottleMetadata: Sendable, Hashable, Codable {
    /// The slug: a run that resumes the bottle uses it again.
    public var identity: String
    public var agentName: String
    /// The user's directory; empty unless `copyCwd`.
    public var cwd: String
    public var copyCwd: Bool
    /// UTC as `2026-01-31T12:00:00Z`.
    public var startedAt: String
    /// The compose project; empty where the backend has none.
    public var composeProject: String

    private enum CodingKeys: String, CodingKey {
        case identity, cwd
        case agentName = "agent_name"
        case copyCwd = "copy_cwd"
        case startedAt = "started_at"
        case composeProject = "compose_project"
    }

    /// The record of a plan.
    ///
    /// - Parameters:
    ///   - userDirectory: Where the user works; recorded only when the plan copies it.
    ///   - startedAt: Seconds since 1970-01-01T00:00:00Z.
    public init(plan: BottlePlan, userDirectory: String, startedAt: Int64, composeProject: String = "") {
        identity = plan.slug
        agentName = plan.agentName
        cwd = plan.copyCwd ? userDirectory : ""
        copyCwd = plan.copyCwd
        self.startedAt = BottleMetadata.timestamp(startedAt)
        self.composeProject = composeProject
    }

    /// The slug of the bottle, for a resume.
    ///
    /// - Throws: `.input` when a file was changed so that its identity is none.
    public func slug() throws(BottleError) -> Slug {
        guard let slug = try? Slug(identity) else {
            throw BottleError(
                .input, "The bottle's metadata names \(Quoted(identity)) as its identity, which is no slug; sweep it.")
        }
        return slug
    }

    /// A time as text: the proleptic Gregorian calendar in UTC, whatever the machine's own is.
    static func timestamp(_ seconds: Int64) -> String {
        let (day, second) = (seconds.floored(by: 86_400), seconds - seconds.floored(by: 86_400) * 86_400)
        // Years begin in March here, so that the leap day is the last one of its year.
        let shifted = day + 719_468
        let era = shifted.floored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(year.padded(4))-\(month.padded(2))-\((dayOfYear - (153 * march + 2) / 5 + 1).padded(2))"
        return "\(date)T\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))Z"
    }
}

extension Int64 {
    fileprivate func floored(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    fileprivate func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
