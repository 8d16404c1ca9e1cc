// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct ExitCodeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var verdicts: [(Level, Verdict)]
        var role = Subject.Role.real
        var strict = false
        var harness = false
        var stale = false
        var signal: Int32?
        var code: Int32
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "all pass", verdicts: [(.must, .pass), (.should, .pass)], code: 0),
        Row(name: "violated", verdicts: [(.must, .pass), (.must, .violated)], code: 1),
        Row(name: "should violated", verdicts: [(.must, .pass), (.should, .violated)], code: 0),
        Row(name: "should violated strict", verdicts: [(.must, .pass), (.should, .violated)], strict: true, code: 1),
        Row(name: "may violated strict", verdicts: [(.must, .pass), (.may, .violated)], strict: true, code: 0),
        Row(name: "leak and crash", verdicts: [(.must, .violated)], harness: true, code: 1),
        Row(name: "crash", verdicts: [(.must, .pass)], harness: true, code: 2),
        Row(name: "harness verdict", verdicts: [(.must, .pass), (.should, .harnessError)], code: 2),
        Row(name: "crash and inconclusive", verdicts: [(.must, .inconclusive)], harness: true, code: 2),
        Row(name: "inconclusive must", verdicts: [(.must, .pass), (.must, .inconclusive)], code: 3),
        Row(name: "inconclusive should", verdicts: [(.must, .pass), (.should, .inconclusive)], strict: true, code: 0),
        Row(name: "inconclusive and stale", verdicts: [(.must, .inconclusive)], stale: true, code: 3),
        Row(name: "stale waiver", verdicts: [(.must, .pass), (.must, .waived)], stale: true, code: 4),
        Row(name: "waived", verdicts: [(.must, .pass), (.must, .waived)], code: 0),
        Row(name: "only waived", verdicts: [(.must, .waived)], code: 5),
        Row(name: "only not applicable", verdicts: [(.must, .notApplicable)], code: 5),
        Row(name: "nothing", verdicts: [], code: 5),
        Row(name: "mutant survives", verdicts: [(.must, .pass)], role: .mutant, code: 5),
        Row(name: "mutant falls", verdicts: [(.must, .violated)], role: .mutant, code: 1),
        Row(name: "mutant unclear", verdicts: [(.must, .inconclusive)], role: .mutant, code: 3),
        Row(name: "replay", verdicts: [(.must, .pass)], role: .replay, code: 5),
        Row(name: "interrupted", verdicts: [(.must, .violated)], harness: true, signal: 2, code: 130),
        Row(name: "terminated", verdicts: [(.must, .pass)], signal: 15, code: 143),
    ]

    @Test(arguments: rows)
    func table(row: Row) {
        let results = row.verdicts.enumerated().map { index, pair in
            CheckResult(requirement: "T-\(index)", judgement: Judgement(pair.1, ""), seconds: 0, evidence: nil)
        }
        let levels = Dictionary(uniqueKeysWithValues: row.verdicts.enumerated().map { ("T-\($0)", $1.0) })
        #expect(
            ExitCode.of(
                results, levels: levels, role: row.role, strict: row.strict, harnessFailed: row.harness,
                staleWaivers: row.stale, signal: row.signal) == row.code)
    }

    static let sums: [([Int32], Int32)] = [
        ([], 0), ([0, 0], 0), ([0, 5], 5), ([5, 4, 3, 2, 1, 64], 64), ([5, 4, 3, 2, 1], 1), ([5, 4, 3, 2], 2),
        ([5, 4, 3], 3), ([5, 4], 4), ([1, 130], 130),
    ]

    @Test(arguments: sums)
    func precedence(codes: [Int32], worst: Int32) {
        #expect(ExitCode.worst(of: codes) == worst)
        #expect(ExitCode.worst(of: codes.reversed()) == worst)
    }
}
