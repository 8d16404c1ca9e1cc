// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// Which options a call of smolvm may have.
enum SmolvmCallRules {
    /// Options that open a machine, whatever they are called with and wherever they stand.
    private static let opening: Set<String> = [
        "--net", "--net-backend", "--network", "--guest-subnet", "-p", "--port", "--publish", "-v", "--volume",
        "--mount",
        "--mount-socket", "--expose-socket", "--docker-socket", "--ssh-agent", "--outbound-localhost-only",
        "--allow-host-loopback", "--allow-host", "--allow-private", "--allow-udp", "--gpu", "--cuda", "-s",
        "--smolfile",
    ]

    /// What is wrong with a call, a sentence each; nothing for another tool's.
    static func differences(_ call: ToolCall, _ expected: ExpectedPlan) -> [String] {
        guard call.isSmolvm else { return [] }
        let options = call.parsed(valued: ToolCall.smolvmValued).options
        var found = Set(options.map(\.name)).intersection(opening).sorted().map {
            "the call \(call.name) of smolvm has the option \($0), which opens the machine"
        }
        guard call.creates else { return found }
        // Of an option that nobody here knows, nobody knows what it opens.
        let known = ToolCall.smolvmValued.union(opening)
        found += Set(options.map(\.name)).subtracting(known).sorted().map {
            "the call \(call.name) of smolvm has the option \(Quoted($0)), which no bottle needs"
        }
        let bare = options.filter { ($0.name == "-e" || $0.name == "--env") && $0.value?.contains("=") != true }
        if !bare.isEmpty { found.append("the call \(call.name) copies a variable of the caller into the guest") }
        let inputs = options.filter { $0.name == "--from" || $0.name == "--image" }
        if inputs.count != 1 {
            found.append("the call \(call.name) names \(inputs.count) inputs of --from and --image, expected one")
        }
        let patterns = call.smolvmValues(of: "--allow-host-pattern")
        if patterns.isEmpty || !patterns.allSatisfy({ $0.hasSuffix(".invalid") }) {
            found.append(
                "the call \(call.name) has no --allow-host-pattern under .invalid, so that every name is asked for")
        }
        return found
            + [
                difference(
                    "--allow-cidr of \(call.name)", call.smolvmValues(of: "--allow-cidr"), wanted: expected.allow),
                difference("--dns of \(call.name)", call.smolvmValues(of: "--dns"), wanted: [expected.bundle]),
            ].compactMap(\.self)
    }
}
