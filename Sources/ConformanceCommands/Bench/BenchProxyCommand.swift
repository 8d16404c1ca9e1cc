// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import ConformanceEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `bench proxy`: what the reference pipelock costs, beside no proxy, tinyproxy and mitmproxy doing the same.
package struct BenchProxyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Requests and tunnels a second through pipelock, tinyproxy and mitmproxy.",
        discussion: """
            Everything runs on this machine's loopback: an origin, the proxies, and the load. In every round each of them \
            gets the same load in turn: requests over kept TLS connections, directly, through a pipelock that opens the \
            tunnel and through mitmproxy; then new tunnels, and one large answer, through a pipelock that does not open \
            them and through tinyproxy. Last, 1 GiB streams through an opened tunnel while pipelock's memory is looked at.
            tinyproxy and mitmproxy are measured where they are installed (apt-get install tinyproxy-bin mitmproxy).
            Exit codes: 0 all limits are met, 1 one is not, 2 one could not be told, for a program is not installed or \
            something could not be run, 64 usage, 129/130/143 interrupted.
            """)

    @Option(help: ArgumentHelp("How often everything is measured, 1 to 50.", valueName: "n"))
    var rounds = 3

    @Option(help: ArgumentHelp("How long each load lasts, 1 to 60.", valueName: "seconds"))
    var seconds = 3

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func validate() throws {
        guard (1...50).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 50") }
        guard (1...60).contains(seconds) else { throw ValidationError("--seconds takes a number from 1 to 60") }
    }

    package func run() async throws {
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        do {
            let figures = try await measure(interruption)
            Console.out(format == .json ? try JSONText.pretty(figures) : figures.table)
            throw ArgumentParser.ExitCode(figures.exitCode)
        } catch let error as BottleError {
            guard let signal = interruption.signal else { throw error }
            Console.note("bottle-conformance: \(Interruption.name(of: signal)) came before the last round had ended")
            throw ArgumentParser.ExitCode(128 + signal)
        }
    }

    private func measure(_ interruption: Interruption) async throws -> ProxyFigures {
        #if os(Linux)
            return try await ProxyBench.withStand { stand in
                var figures = ProxyFigures(isRelease: BenchCommand.isRelease, rounds: rounds)
                for round in 1...rounds {
                    // Who comes first changes: a machine that gets slower must not cost always the same one.
                    let loads = round % 2 == 1 ? ProxyBench.Load.allCases : ProxyBench.Load.allCases.reversed()
                    for load in loads where stand.has(load) {
                        guard interruption.signal == nil else {
                            throw BottleError(.cancelled, "A signal came before the last round.")
                        }
                        Console.note("round \(round) of \(rounds): \(load.name)")
                        figures.add(try await stand.run(load, seconds: seconds), of: load)
                    }
                }
                Console.note("1 GiB through an opened tunnel")
                figures.memory = try await stand.memoryOfOneGibibyte()
                figures.missing = stand.missing
                return figures
            }
        #else
            throw BottleError(.unsupported, "bench proxy runs the bundle's programs, which are Linux programs.")
        #endif
    }
}
