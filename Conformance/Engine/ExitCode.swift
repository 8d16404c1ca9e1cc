// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What the process ends with; part of the interface.
public enum ExitCode {
    public static let conformant: Int32 = 0
    public static let violated: Int32 = 1
    /// Harness or driver error.
    public static let harness: Int32 = 2
    /// A MUST could not be judged.
    public static let inconclusive: Int32 = 3
    /// A waiver is stale or expired.
    public static let staleWaiver: Int32 = 4
    /// Nothing was verified.
    public static let nothing: Int32 = 5
    public static let usage: Int32 = 64

    private static let precedence = [usage, violated, harness, inconclusive, staleWaiver, nothing]

    /// The exit code of a run: a proven leak is never hidden by a crash, and an unfinished run never looks finished.
    ///
    /// - Parameters:
    ///   - levels: how binding each judged requirement is, by id; an unknown id counts as a MUST.
    ///   - strict: a violated SHOULD is red.
    ///   - harnessFailed: driver or harness broke somewhere, tear-down included.
    ///   - staleWaivers: a waiver is expired, or what it waives passes.
    ///   - signal: the signal that interrupted the run, if one did.
    public static func of(
        _ results: [CheckResult], levels: [String: Level], role: Subject.Role, strict: Bool = false,
        harnessFailed: Bool = false, staleWaivers: Bool = false, signal: Int32? = nil
    ) -> Int32 {
        if let signal { return 128 + signal }
        var codes: [Int32] = []
        for result in results {
            let level = levels[result.requirement] ?? .must
            switch result.judgement.verdict {
            case .violated where level == .must || (level == .should && strict): codes.append(violated)
            case .harnessError: codes.append(harness)
            case .inconclusive where level == .must: codes.append(inconclusive)
            default: break
            }
        }
        if harnessFailed { codes.append(harness) }
        if staleWaivers { codes.append(staleWaiver) }
        if !results.contains(where: { $0.judgement.verdict == .pass }) { codes.append(nothing) }
        // What a replay or a mutant proves is not about anybody's sandbox.
        if role == .replay || role == .mutant { codes.append(nothing) }
        return worst(of: codes)
    }

    /// The code that wins when several runs or findings are summed up; 0 for none.
    public static func worst(of codes: [Int32]) -> Int32 {
        if let interrupted = codes.first(where: { $0 > 128 }) { return interrupted }
        return precedence.first(where: codes.contains) ?? codes.first { $0 != conformant } ?? conformant
    }
}
