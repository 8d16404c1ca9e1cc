// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a Smolfile of the seeds' form says about a bottle.
package struct SmolfileInput: Sendable, Hashable {
    /// Names the machine: `claude-bottle-<slug>`.
    package var slug: String
    /// The datagram socket on which gvproxy waits for the guest's network card.
    package var socket: String
    package var environment: [String: String]
    /// The argv of the guest's first process.
    package var command: [String]

    package init(
        slug: String, socket: String, environment: [String: String], command: [String] = ["sleep", "infinity"]
    ) {
        self.slug = slug
        self.socket = socket
        self.environment = environment
        self.command = command
    }
}

/// The Smolfile as the bottle's contract has it: command, environment and a network card behind gvproxy.
///
/// No released smolvm reads this form (`SmolvmSmolfile` is what one reads); it is rendered because drivers may claim
/// the contract's bytes. Printable ASCII comes out as in the seeds; what the seeds left raw is escaped.
package enum Smolfile {
    /// The file, one trailing newline included.
    package static func render(_ input: SmolfileInput) -> [UInt8] {
        let environment = CodePointOrder.sorted(input.environment).map { "\($0.key)=\($0.value)" }
        let lines = [
            "name = \(BasicString.quoted("claude-bottle-\(input.slug)"))",
            "command = \(BasicString.array(input.command))",
            "env = \(BasicString.array(environment))",
            "",
            "[[net]]",
            "type = \(BasicString.quoted("virtio-net"))",
            "attachment = \(BasicString.quoted("unixgram"))",
            "socket = \(BasicString.quoted(input.socket))",
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
