// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleBackends

struct MachineRecordTests {
    private static let bundle = "10.77.3.2"

    /// A machine with a bottle's policy, and one thing another way.
    private func record(_ name: String = "", _ value: String = "") throws -> MachineRecord {
        var fields = [
            "network": "true", "allowed_cidrs": "[\"10.77.3.2/32\"]", "allowed_hosts": "[\"=none.invalid\"]",
            "dns": "\"10.77.3.2\"", "mounts": "0", "ports": "0", "gpu": "false", "cuda": "false", "pid": "41",
            "state": "\"running\"",
        ]
        if !name.isEmpty { fields[name] = value }
        let text = fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return try MachineRecord(Array("{\(text)}".utf8))
    }

    @Test func theBottlesOwnPolicyIsNoProblem() throws {
        #expect(try record().problem(bundle: Self.bundle) == nil)
        #expect(try record().effectiveAllow == ["10.77.3.2/32"])
    }

    @Test(arguments: [
        ("network", "false", "no network"), ("allowed_cidrs", "null", "0.0.0.0/0"), ("allowed_cidrs", "[]", "reach"),
        ("allowed_cidrs", #"["10.77.3.2/32","100.96.0.1/32"]"#, "100.96.0.1/32"),
        ("dns", "null", "the host's resolver"),
        ("dns", "\"1.1.1.1\"", "1.1.1.1"), ("allowed_hosts", "null", "every name"),
        ("allowed_hosts", "[\"=example.com\"]", "example.com"), ("mounts", "1", "1 directories"),
        ("ports", "2", "2 ports"), ("gpu", "true", "graphics"), ("cuda", "true", "graphics"),
    ]) func everyOtherPolicyIsOne(name: String, value: String, says: String) throws {
        let problem = try #require(try record(name, value).problem(bundle: Self.bundle))
        #expect(problem.contains(says), "\(problem)")
    }

    @Test func whatIsNoStatusIsRefusedInOneSentence() throws {
        for text in ["", "[]", "{\"network\":1}", "not JSON"] {
            let error = #expect(throws: BottleError.self) { try MachineRecord(Array(text.utf8)) }
            #expect(error?.code == .transport)
        }
    }
}
