// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleBackends

/// As release 1.32.2 was seen to say it.
struct SmolvmFailureTests {
    private func failure(_ text: String) -> SmolvmFailure { SmolvmFailure(Array(text.utf8)) }

    @Test func theLineOfJSONIsFoundAmongWarnings() {
        let found = failure(
            "Warning: could not resolve 'none.invalid' for egress policy\n"
                + "⠋ Starting{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"vm not found: m1\"}}\n")
        #expect(found.code == "NOT_FOUND")
        #expect(found.isAbsence)
        #expect(found.error("delete it").code == .notFound)
        #expect(!found.isEarlyEnd)
    }

    @Test func aMachineThatEndedWhileItBootedIsKnown() {
        let found = failure(
            #"{"error":{"code":"AGENT","message":"agent operation failed: start machine: agent operation failed: monitor agent: (boot process exited (code 0) before the agent was ready)"}}"#
        )
        #expect(found.isEarlyEnd)
        #expect(!found.isAbsence)
        #expect(found.error("start it").code == .launch)
        // Cut off by smolvm itself, as a conversion says it beside other work.
        #expect(
            failure(
                #"{"error":{"code":"AGENT","message":"agent operation failed: monitor agent: WARN no IPv4 host resolver…"}}"#
            ).isEarlyEnd)
        #expect(!failure("Error: config operation failed: egress: no such policy\n").isEarlyEnd)
    }

    @Test func whatIsNoJSONIsQuotedAndSilenceIsSaid() {
        #expect(failure("first\nlast\n").message == "last")
        #expect(failure("").error("start it").description.contains("it said nothing"))
    }
}
