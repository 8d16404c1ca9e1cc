// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What `compose.yaml` says about a bottle.
package struct ComposeInput: Sendable, Hashable {
    /// A file or directory of this machine that a service sees.
    package struct Mount: Sendable, Hashable {
        /// An absolute path on this machine.
        package var source: String
        /// An absolute path in the service.
        package var target: String
        package var isReadOnly: Bool

        package init(source: String, target: String, isReadOnly: Bool = true) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
        }
    }

    /// What a service may use at most.
    package struct Limits: Sendable, Hashable {
        package var processes: Int
        /// Bytes; no swap besides.
        package var memory: Int

        package init(processes: Int, memory: Int) {
            self.processes = processes
            self.memory = memory
        }
    }

    /// The guest or the bundle.
    package struct Service: Sendable, Hashable {
        package var image: String
        package var command: [String]
        package var environment: [String: String]
        package var mounts: [Mount]
        package var limits: Limits
        /// `uid:gid` or a name; nil takes the image's.
        package var user: String?

        package init(
            image: String, command: [String], environment: [String: String] = [:], mounts: [Mount] = [],
            limits: Limits = Limits(processes: 512, memory: 2 << 30), user: String? = nil
        ) {
            self.image = image
            self.command = command
            self.environment = environment
            self.mounts = mounts
            self.limits = limits
            self.user = user
        }
    }

    /// Names every resource: `claude-bottle-<slug>`.
    package var slug: String
    /// The /24 of the bottle.
    package var subnet: String
    package var guestAddress: String
    package var bundleAddress: String
    package var guest: Service
    package var bundle: Service
    /// The daemons of the bundle, in order.
    package var daemons: [String]
    /// Names of the variables whose values the bundle's init reads from its standard input.
    package var tokenVariables: [String]
    /// Labels besides the bottle's own, for example an owner by which a sweep finds its resources.
    package var labels: [String: String]

    package init(
        slug: String, subnet: String, guestAddress: String, bundleAddress: String, guest: Service, bundle: Service,
        daemons: [String], tokenVariables: [String] = [], labels: [String: String] = [:]
    ) {
        self.slug = slug
        self.subnet = subnet
        self.guestAddress = guestAddress
        self.bundleAddress = bundleAddress
        self.guest = guest
        self.bundle = bundle
        self.daemons = daemons
        self.tokenVariables = tokenVariables
        self.labels = labels
    }
}
