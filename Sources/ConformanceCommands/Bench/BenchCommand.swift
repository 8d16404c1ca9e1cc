// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore

/// `bench`: figures, which belong here and never into a timed test.
package struct BenchCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure; use a release build (swift run -c release).",
        subcommands: [BenchProxyCommand.self, BenchRenderCommand.self, BenchSuiteCommand.self])

    package init() {}

    package func run() throws {
        throw BottleError(.usage, "bench: name what to measure: proxy, render or suite")
    }

    /// Whether this program was built with optimization, as its figures should be.
    static var isRelease: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }
}
