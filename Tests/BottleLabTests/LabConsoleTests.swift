// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleLab

struct LabConsoleTests {
    @Test func `the last lines are told, and of a panic the first`() {
        let lines = (1...9).map { "line \($0)" }
        #expect(
            LabMachine.lastWords(lines.joined(separator: "\r\n")) == [
                "line 5", "line 6", "line 7", "line 8", "line 9",
            ])
        let panicked = Array(lines[..<2]) + ["[1.0] Kernel panic - not syncing: no init"] + Array(lines[2...])
        #expect(
            LabMachine.lastWords(panicked.joined(separator: "\n")).first == "[1.0] Kernel panic - not syncing: no init")
        #expect(LabMachine.lastWords("").isEmpty)
        let oops = [
            "[1.0] BUG: kernel NULL pointer dereference", "[1.0] #PF: supervisor read", "[1.0] RIP: 0010:do_irq+0x10",
            "[1.0] Kernel panic - not syncing: Fatal exception in interrupt",
        ]
        #expect(LabMachine.lastWords(oops.joined(separator: "\n")) == [oops[0], oops[2], oops[3]].map { $0[...] })
    }
}
