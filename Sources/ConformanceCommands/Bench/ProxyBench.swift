// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The programs of `bench proxy`, all on loopback, for the length of one measurement.
struct ProxyBench: Sendable {
    /// A load, and through whom it goes.
    enum Load: String, Sendable, CaseIterable, Encodable {
        case direct, opened, mitmproxy, tunnels, tinyproxyTunnels, bytes, tinyproxyBytes

        var name: String {
            switch self {
            case .direct: "requests, TLS, no proxy"
            case .opened: "requests, TLS, pipelock opens the tunnel"
            case .mitmproxy: "requests, TLS, mitmproxy opens the tunnel"
            case .tunnels: "new tunnels, pipelock"
            case .tinyproxyTunnels: "new tunnels, tinyproxy"
            case .bytes: "bytes, pipelock"
            case .tinyproxyBytes: "bytes, tinyproxy"
            }
        }

        /// Whether bytes are counted, and not requests.
        var isBytes: Bool { self == .bytes || self == .tinyproxyBytes }
    }

    #if os(Linux)
        private let programs: ProxyPrograms

        /// Starts everything, and ends it however `body` ends.
        static func withStand<Result>(_ body: (ProxyBench) async throws -> Result) async throws -> Result {
            let programs = try ProxyPrograms()
            do {
                try await programs.start()
                let result = try await body(ProxyBench(programs: programs))
                await programs.end()
                return result
            } catch {
                await programs.end()
                throw error
            }
        }

        private init(programs: ProxyPrograms) { self.programs = programs }

        /// Programs that are not installed.
        var missing: [String] { programs.missing }

        func has(_ load: Load) -> Bool {
            switch load {
            case .mitmproxy: programs.has(.mitmproxy)
            case .tinyproxyTunnels, .tinyproxyBytes: programs.has(.tinyproxy)
            default: true
            }
        }

        /// Puts one load on.
        ///
        /// - Throws: `.transport` when a request of it failed: its figures would say nothing.
        func run(_ load: Load, seconds: Int) async throws -> ProxyFigures.Sample {
            var words: [String]
            switch load {
            case .direct, .opened, .mitmproxy:
                words = programs.target(.secure) + ["--mode", "requests", "--connections", "16"]
            case .tunnels, .tinyproxyTunnels:
                words =
                    programs.target(.plain) + [
                        "--plain", "--mode", "tunnels", "--connections", "16", "--path", "/bytes/16",
                    ]
            case .bytes, .tinyproxyBytes:
                words =
                    programs.target(.plain) + [
                        "--plain", "--mode", "requests", "--connections", "1", "--path", "/bytes/268435456",
                    ]
            }
            switch load {
            case .direct: words += programs.connect(.secure, trust: .origins)
            case .opened: words += programs.connect(.opening, trust: .pipelock)
            case .mitmproxy: words += programs.connect(.mitmproxy, trust: .mitmproxy)
            case .tunnels, .bytes: words += programs.connect(.passing, trust: nil)
            case .tinyproxyTunnels, .tinyproxyBytes: words += programs.connect(.tinyproxy, trust: nil)
            }
            return try await put(words + ["--seconds", "\(seconds)"], load.name, seconds: seconds)
        }

        /// How much memory pipelock takes for an answer of 1 GiB through a tunnel that it opens.
        func memoryOfOneGibibyte() async throws -> ProxyFigures.Memory {
            let before = try programs.beginLookingAtMemory(of: .opening)
            let words =
                programs.target(.secure) + programs.connect(.opening, trust: .pipelock) + [
                    "--mode", "requests", "--connections", "1", "--path", "/bytes/\(1 << 30)", "--seconds", "1",
                ]
            let sample = try await put(words, "1 GiB through an opened tunnel", seconds: 1)
            guard sample.bytes >= 1 << 30 else {
                throw BottleError(.transport, "Of 1 GiB only \(sample.bytes) bytes came through pipelock.")
            }
            return ProxyFigures.Memory(beforeKiB: before, highestKiB: try programs.highestMemory(of: .opening))
        }

        private func put(_ words: [String], _ name: String, seconds: Int) async throws -> ProxyFigures.Sample {
            let result = try await HostCommand(
                [programs.bundle, "load"] + words, environment: [:], deadline: .seconds(seconds + 120)
            ).run()
            guard result.status == 0,
                let sample = try? JSONDecoder().decode(ProxyFigures.Sample.self, from: Data(result.stdout))
            else {
                let said = Quoted(String(decoding: result.stderr, as: UTF8.self), limit: 200)
                throw BottleError(.transport, "The load \(Quoted(name)) could not be run: it said \(said).")
            }
            guard sample.failures == 0, sample.requests > 0 else {
                throw BottleError(
                    .transport,
                    "The load \(Quoted(name)) failed \(sample.failures) times in \(sample.requests): \(Quoted(sample.firstFailure ?? "nothing was answered"))."
                )
            }
            return sample
        }
    #endif
}
