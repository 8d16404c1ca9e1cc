// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Who an engine is, as its program's `version --format '{{json .}}'` tells.
struct EngineVersion: Sendable, Hashable {
    /// Whose engine: they number their versions apart.
    enum Make: Sendable { case docker, podman }

    var make: Make
    var version: String
    /// What its containers run, for example `linux`.
    var system: String
    /// Nil where the engine does not say.
    var kernel: String?

    /// The oldest version of each with the settings that a bottle needs.
    static let oldest: [Make: (major: Int, minor: Int)] = [.docker: (20, 10), .podman: (4, 3)]

    private struct Answer: Decodable {
        struct Side: Decodable {
            var Version: String?
            var Os: String?
            var KernelVersion: String?
            /// Podman spells it like this, Docker `ApiVersion`.
            var APIVersion: String?
        }
        var Client: Side?
        var Server: Side?
    }

    /// Nil for what is no such answer.
    init?(json: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json)) else { return nil }
        make = answer.Client?.APIVersion != nil ? .podman : .docker
        // Podman without a service is its own engine.
        guard let engine = answer.Server ?? (make == .podman ? answer.Client : nil), let version = engine.Version else {
            return nil
        }
        self.version = version
        system = engine.Os ?? ""
        kernel = engine.KernelVersion
    }

    init(make: Make, version: String, system: String, kernel: String? = nil) {
        self.make = make
        self.version = version
        self.system = system
        self.kernel = kernel
    }
}
