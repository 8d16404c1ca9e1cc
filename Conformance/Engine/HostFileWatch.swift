// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Notices files that a guest was told to create and that appeared on a host instead, and removes them.
struct HostFileWatch: Sendable {
    private let configuration: RunConfiguration
    private let paths: Set<String>

    /// Starts watching; a path that exists already is somebody else's and is left alone.
    init(configuration: RunConfiguration, paths: [String]) {
        self.configuration = configuration
        self.paths = Set(paths.filter { !configuration.hostFileExists($0) })
    }

    /// The paths that exist now and did not before; they are gone afterwards.
    func appeared() -> Set<String> {
        let found = paths.filter(configuration.hostFileExists)
        // What is in a directory goes before it.
        for path in found.sorted(by: >) { configuration.removeHostFile(path) }
        return found
    }
}
