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
    /// The version of its API that engine and program have agreed on; nil where the program does not say.
    var api: String?
    /// By which of its contexts the program found the engine; only Docker has them.
    var context: String?

    /// The oldest version of each with the settings that a bottle needs.
    static let oldest: [Make: (major: Int, minor: Int)] = [.docker: (20, 10), .podman: (4, 3)]

    private struct Answer: Decodable {
        struct Side: Decodable {
            var version: String?
            var system: String?
            var kernel: String?
            /// Only Podman spells it like this.
            var podmanAPI: String?
            /// Docker's.
            var api: String?
            var context: String?

            private enum CodingKeys: String, CodingKey {
                case version = "Version"
                case system = "Os"
                case kernel = "KernelVersion"
                case podmanAPI = "APIVersion"
                case api = "ApiVersion"
                case context = "Context"
            }
        }
        var client: Side?
        var server: Side?

        private enum CodingKeys: String, CodingKey {
            case client = "Client"
            case server = "Server"
        }
    }

    /// Nil for what is no such answer.
    init?(json: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json)) else { return nil }
        make = answer.client?.podmanAPI != nil ? .podman : .docker
        // Podman without a service is its own engine.
        guard let engine = answer.server ?? (make == .podman ? answer.client : nil), let version = engine.version else {
            return nil
        }
        self.version = version
        system = engine.system ?? ""
        kernel = engine.kernel
        api = make == .docker ? answer.client?.api : nil
        context = make == .docker ? answer.client?.context : nil
    }

    init(make: Make, version: String, system: String, kernel: String? = nil, api: String? = nil, context: String? = nil)
    {
        self.make = make
        self.version = version
        self.system = system
        self.kernel = kernel
        self.api = api
        self.context = context
    }
}
