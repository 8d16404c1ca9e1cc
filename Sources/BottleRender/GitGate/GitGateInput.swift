// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What the scripts of git-gate know about a bottle.
package struct GitGateInput: Sendable, Hashable {
    /// A repository that the guest may fetch and push, and where clean pushes go.
    package struct Repository: Sendable, Hashable {
        /// What the guest calls it, without `.git`.
        package var name: String
        /// `ssh://[user@]host[:port]/path`, `user@host:path` or `https://host[:port]/path`.
        package var upstream: String
        /// The private key for the upstream, in the bundle.
        package var identityFile: String
        /// The upstream's pinned host keys, in the bundle.
        package var knownHostsFile: String

        package init(name: String, upstream: String, identityFile: String, knownHostsFile: String) {
            self.name = name
            self.upstream = upstream
            self.identityFile = identityFile
            self.knownHostsFile = knownHostsFile
        }
    }

    /// The bundle's address, on which git daemon listens.
    package var listenAddress: String
    package var port: UInt16
    /// The directory of the bare repositories, in the bundle.
    package var basePath: String
    /// The directory of the scripts, in the bundle; not writable for git daemon.
    package var scriptsPath: String
    package var repositories: [Repository]
    /// Seconds that one conversation with an upstream may take.
    package var upstreamTimeout: Int

    package init(
        listenAddress: String, port: UInt16 = Contract.gitGatePort,
        basePath: String = Contract.Bundle.gitGateRepositories,
        scriptsPath: String = Contract.Bundle.gitGateScripts, repositories: [Repository], upstreamTimeout: Int = 120
    ) {
        self.listenAddress = listenAddress
        self.port = port
        self.basePath = basePath
        self.scriptsPath = scriptsPath
        self.repositories = repositories
        self.upstreamTimeout = upstreamTimeout
    }
}

/// The files of git-gate, by their names in the directory of the scripts.
package struct GitGateScripts: Sendable, Hashable {
    /// `entrypoint.sh`: makes the bare repositories and becomes git daemon.
    package let entrypoint: [UInt8]
    /// `hooks/pre-receive`: scans a push and forwards it; only then does the gate accept it.
    package let preReceive: [UInt8]
    /// `access`: before every fetch brings the gate to what the upstream has, or refuses the fetch.
    package let accessHook: [UInt8]
    /// `gitleaks.toml`: the rules of gitleaks, so that it takes none from a repository.
    package let gitleaksConfig: [UInt8]
}
