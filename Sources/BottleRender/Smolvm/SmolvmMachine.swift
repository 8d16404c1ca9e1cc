// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What `machine create` needs to know about one microVM.
package struct SmolvmMachine: Sendable, Hashable {
    /// Where the guest's file system comes from.
    package enum Source: Sendable, Hashable {
        /// A `.smolmachine` file made by `pack create`; an absolute path.
        case pack(String)
        /// An archive of `docker save` or a root file system; an absolute path.
        case archive(String)
    }

    /// The machine's name; other calls use it too.
    package var name: Name
    package var source: Source
    package var environment: [String: String]
    /// The only address that the guest may reach, and the only one its names could be asked at: nothing listens there.
    package var bundleAddress: String
    /// What the guest's network is let do; nil is what `bundleAddress` says, and nothing else.
    package var policy: SmolvmPolicy?
    /// Processors and MiB of memory of the guest; nil leaves them to smolvm.
    package var resources: Resources?
    /// The argv of the guest's first process; without one that stays alive, `exec` finds no container.
    package var command: [String]

    package init(
        name: Name, source: Source, environment: [String: String], bundleAddress: String,
        command: [String] = ["sleep", "infinity"], policy: SmolvmPolicy? = nil, resources: Resources? = nil
    ) {
        self.policy = policy
        self.resources = resources
        self.name = name
        self.source = source
        self.environment = environment
        self.bundleAddress = bundleAddress
        self.command = command
    }

    /// What a guest has of its host.
    package struct Resources: Sendable, Hashable {
        package var processors: Int
        package var megabytes: Int

        package init(processors: Int, megabytes: Int) {
            self.processors = processors
            self.megabytes = megabytes
        }
    }

    /// A machine's name, from a slug and nothing else: never a flag, a path or longer than smolvm takes.
    package struct Name: Sendable, Hashable, CustomStringConvertible {
        private let slug: Slug
        /// `claude-bottle-<slug>`.
        package var description: String { "claude-bottle-\(slug)" }

        package init(slug: Slug) { self.slug = slug }
    }

    /// What runs in the guest by one `machine exec`.
    package struct Exec: Sendable, Hashable {
        /// Passed by name, never joined; the first one may not be empty.
        package var argv: [String]
        /// Given anew with every exec: not every release hands on what `create` was told.
        package var environment: [String: String]
        /// A name or `uid[:gid]`, resolved in the guest.
        package var user: String?
        /// An absolute path in the guest.
        package var workingDirectory: String?
        /// Seconds until smolvm ends the command with exit code 124.
        package var timeout: Int
        /// Whether standard input reaches the command.
        package var forwardsInput: Bool
        /// Whether the command gets a terminal.
        package var terminal: Bool

        package init(
            argv: [String], environment: [String: String], user: String? = nil, workingDirectory: String? = nil,
            timeout: Int, forwardsInput: Bool = false, terminal: Bool = false
        ) {
            self.argv = argv
            self.environment = environment
            self.user = user
            self.workingDirectory = workingDirectory
            self.timeout = timeout
            self.forwardsInput = forwardsInput
            self.terminal = terminal
        }
    }
}
