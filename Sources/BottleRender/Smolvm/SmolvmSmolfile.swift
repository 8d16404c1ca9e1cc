// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What a Smolfile of today's smolvm says about a bottle.
package struct SmolvmSmolfileInput: Sendable, Hashable {
    /// An image archive or root file system on this machine; an absolute path.
    package var image: String
    package var environment: [String: String]
    /// The argv of the guest's first process, which has to stay alive.
    package var command: [String]
    /// The only address that the guest may reach.
    package var bundleAddress: String

    package init(
        image: String, environment: [String: String], command: [String] = ["sleep", "infinity"], bundleAddress: String
    ) {
        self.image = image
        self.environment = environment
        self.command = command
        self.bundleAddress = bundleAddress
    }
}

/// The Smolfile that smolvm 1.20 and later accepts and that confines the guest; for people, no launch reads it.
///
/// It has no key for the resolver: without `--dns <bundle address>` on the command line the name filter alone answers.
package enum SmolvmSmolfile {
    /// A name under which nothing exists: it turns the filter of names on, so that every lookup ends in the guest's
    /// own gateway.
    package static let nobody = "none.invalid"

    /// The file, one trailing newline included.
    ///
    /// - Throws: `.input` for a path, variable or address that smolvm would read as something else, drop or refuse.
    package static func render(_ input: SmolvmSmolfileInput) throws(BottleError) -> [UInt8] {
        // A relative name such as "agent" would be looked up in a registry.
        try RenderRules.path(input.image, "image path")
        try RenderRules.environment(input.environment)
        guard !input.command.isEmpty else {
            throw BottleError(.input, "The guest has no command: without one that stays alive it ends at once.")
        }
        let bundle = try RenderRules.bundleAddress(input.bundleAddress)
        let environment = CodePointOrder.sorted(input.environment).map { "\($0.key)=\($0.value)" }
        let lines = [
            "image = \(BasicString.quoted(input.image))",
            "cmd = \(BasicString.array(input.command))",
            "env = \(BasicString.array(environment))",
            "",
            "[network]",
            "allow_cidrs = \(BasicString.array(["\(bundle)/32"]))",
            "allow_host_patterns = \(BasicString.array([nobody]))",
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
