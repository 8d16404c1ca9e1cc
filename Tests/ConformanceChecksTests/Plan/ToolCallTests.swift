// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import Testing

@testable import ConformanceChecks

struct ToolCallTests {
    private func call(_ argv: String...) -> ToolCall { ToolCall(PlannedCommand("x", argv)) }

    @Test func optionsAreTakenApart() {
        let parsed = call(
            "smolvm", "machine", "create", "--name", "a", "--dns=1.2.3.4", "-e", "--net", "--gpu", "-", "--", "--x"
        )
        .parsed(valued: ToolCall.smolvmValued)
        #expect(parsed.words == ["machine", "create", "-"])
        #expect(
            parsed.options == [
                ToolCall.Option(name: "--name", value: "a"), ToolCall.Option(name: "--dns", value: "1.2.3.4"),
                ToolCall.Option(name: "-e", value: "--net"), ToolCall.Option(name: "--gpu"),
            ])
    }

    @Test func anOptionAtTheEndHasNoValue() {
        #expect(call("smolvm", "--name").smolvmValues(of: "--name") == ["<nothing>"])
    }

    @Test func whatMakesAGuestIsKnown() {
        #expect(call("/usr/bin/smolvm", "--state-dir", "/s", "machine", "create").creates)
        #expect(call("docker", "run", "x").creates && call("podman", "container", "create", "x").creates)
        #expect(call("docker", "--host", "create", "network", "create", "x").creates == true)
        #expect(!call("smolvm", "pack", "create").creates && !call("smolvm", "machine", "start").creates)
        #expect(!call("docker", "network", "create", "x").creates && !call("bwrap", "create").creates)
        #expect(!call().creates)
    }
}
