// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import ConformanceEngine

    /// What trials launch: one route with a token, a prompt, and skills where the trial is about them.
    enum TrialRequest {
        private static let agent = "probe"

        /// - Parameters:
        ///   - token: The value for the route; nil gives none.
        ///   - resolver: An IP literal.
        static func make(
            _ slug: String, token: String?, skills: [String] = [], resolver: String, manifestDirectory: String
        ) -> LaunchRequest {
            let bottle = Manifest.Bottle(
                allowlist: ["trial.bottle.test"],
                routes: [
                    Manifest.Route(host: "trial.bottle.test", scheme: .http, tokenVariable: HostTrial.tokenVariable)
                ])
            let agent = Manifest.Agent(bottle: "trial", prompt: "A trial.", skills: skills)
            return LaunchRequest(
                manifest: Manifest(bottles: ["trial": bottle], agents: [Self.agent: agent]), agentName: Self.agent,
                slug: slug, network: .bottle, resolver: resolver,
                tokens: token.map { [HostTrial.tokenVariable: Redacted($0)] } ?? [:],
                manifestDirectory: manifestDirectory)
        }
    }

    extension HostTrialOutcome.Launch {
        /// Takes down why it did not come up.
        mutating func fail(_ error: any Error) {
            self.error = "\(error)"
            guard let error = error as? BottleError else { return }
            refused = [.usage, .input, .prerequisite, .launch].contains(error.code)
        }
    }
#endif
