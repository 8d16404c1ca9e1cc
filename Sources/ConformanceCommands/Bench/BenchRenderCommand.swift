// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleSystem
import FoundationEssentials

/// `bench render`: how often a second each renderer can render one bottle with everything.
package struct BenchRenderCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Renders per second of each renderer, and against Python for the Smolfile.",
        discussion: """
            The same bottle is rendered over and over for a while by each renderer. The Smolfile is rendered by a Python \
            program of the same algorithm too, in the same run, after both have been seen to write the same bytes.
            """)

    @Option(help: ArgumentHelp("How long each renderer runs, 100ms to 60s.", valueName: "duration"))
    var time: TimeLimit = TimeLimit(.milliseconds(700))

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func validate() throws {
        guard (.milliseconds(100)...Duration.seconds(60)).contains(time.duration) else {
            throw ValidationError("--time takes 100ms to 60s")
        }
    }

    package func run() async throws {
        let sample = try RenderSample.make()
        var figures: [Figure] = []
        for renderer in sample.renderers {
            Console.note("measuring \(renderer.name)")
            figures.append(try Figure(renderer, time: time.duration))
        }
        let report = Report(
            isRelease: BenchCommand.isRelease, renderers: figures,
            python: await python(sample, smolfile: figures.first { $0.name == "smolfile" }))
        Console.out(format == .json ? try JSONText.pretty(report) : report.table)
    }

    /// The same Smolfile by Python; when that is impossible, why.
    private func python(_ sample: RenderSample, smolfile: Figure?) async -> PythonFigure {
        do {
            let answer = try await PythonSmolfile.run(sample.smolfile, time: time.duration)
            guard answer.bytes == sample.smolfileBytes else {
                return PythonFigure(unmeasured: "the two programs write different bytes, so their speed means nothing")
            }
            let ratio = smolfile.map { $0.rendersPerSecond / answer.rendersPerSecond }
            return PythonFigure(
                version: answer.version, rendersPerSecond: answer.rendersPerSecond.rounded(),
                ratio: ratio.map { ($0 * 100).rounded() / 100 })
        } catch {
            return PythonFigure(unmeasured: "\(error)")
        }
    }

    /// How fast one renderer is.
    struct Figure: Encodable {
        let name: String
        /// Bytes of one rendering.
        let bytes: Int
        let rendersPerSecond: Double

        init(_ renderer: RenderSample.Renderer, time: Duration) throws {
            name = renderer.name
            var length = try renderer.render()
            let clock = ContinuousClock()
            let start = clock.now
            var count = 0
            // The clock is asked rarely: it must not be what is measured.
            repeat {
                for _ in 0..<64 { length = try renderer.render() }
                count += 64
            } while clock.now - start < time
            bytes = length
            rendersPerSecond = (Double(count) / ((clock.now - start) / .seconds(1))).rounded()
        }
    }

    struct PythonFigure: Encodable {
        var version: String?
        var rendersPerSecond: Double?
        /// Ours divided by Python's.
        var ratio: Double?
        /// Why there is no figure.
        var unmeasured: String?
    }

    struct Report: Encodable {
        let isRelease: Bool
        let renderers: [Figure]
        let python: PythonFigure

        var table: String {
            let rows = renderers.map { [$0.name, "\($0.bytes)", "\(Int($0.rendersPerSecond))"] }
            var lines = [TextTable.render(header: ["RENDERER", "BYTES", "RENDERS/S"], rows: rows), ""]
            if let rate = python.rendersPerSecond, let ratio = python.ratio {
                lines.append(
                    "smolfile in \(python.version ?? "Python"): \(Int(rate)) renders/s; ours is \(ratio) times that")
            } else {
                lines.append("smolfile in Python: not measured: \(python.unmeasured ?? "no reason is known")")
            }
            if !isRelease { lines.append("this is a debug build: its figures say little") }
            return lines.joined(separator: "\n")
        }
    }
}
