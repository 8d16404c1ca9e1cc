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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2048)
        bytes.append(contentsOf: "name = \"claude-bottle-".utf8)
        BasicString.append(input.slug, to: &bytes)
        bytes.append(contentsOf: "\"\ncommand = ".utf8)
        BasicString.appendArray(input.command, to: &bytes)
        bytes.append(contentsOf: "\nenv = ".utf8)
        BasicString.appendVariables(input.environment, to: &bytes)
        bytes.append(
            contentsOf: "\n\n[[net]]\ntype = \"virtio-net\"\nattachment = \"unixgram\"\nsocket = \"".utf8)
        BasicString.append(input.socket, to: &bytes)
        bytes.append(contentsOf: "\"\n".utf8)
        return bytes
    }
}
