// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleBackends

struct SpiltTokensTests {
    private static let tokens = ["A_TOKEN": Redacted("ghij"), "B_TOKEN": Redacted("klmn")]

    @Test func nothingIsSpiltWithoutAFault() {
        for fault in [nil] + Fault.allCases.map(Optional.some) where fault != .envtoken && fault != .filetoken {
            let spilt = SpiltTokens(Self.tokens, faults: fault.map { [$0] } ?? [])
            #expect(spilt.variables.isEmpty && spilt.file.isEmpty)
        }
    }

    @Test func eachFaultSpillsItsOwn() throws {
        let variables = SpiltTokens(Self.tokens, faults: [.envtoken])
        #expect(variables.variables == ["A_TOKEN": "ghij", "B_TOKEN": "klmn"] && variables.file.isEmpty)
        let file = SpiltTokens(Self.tokens, faults: [.filetoken])
        #expect(file.variables.isEmpty)
        let bytes = try #require(file.file.first)
        #expect(Data(base64Encoded: Data(bytes)) == Data("A_TOKEN=ghij\nB_TOKEN=klmn\n".utf8))
        #expect(SpiltTokens([:], faults: [.envtoken, .filetoken]).file.isEmpty)
    }
}
