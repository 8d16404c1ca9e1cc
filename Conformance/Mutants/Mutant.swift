// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import ConformanceEngine

/// A backend broken in exactly one way, and what the checks must make of it.
package struct Mutant: Sendable {
    /// How the break is made.
    package enum Change: Sendable {
        /// The reference backend breaks itself.
        case fault(Fault)
        /// The driver is wrapped or replaced.
        case driver(@Sendable (any Driver) -> any Driver)
    }

    /// What has to run for the break to show.
    package enum Arena: Sendable, Hashable {
        /// A bottle that is launched and attacked; every check looks at it.
        case bottles
        /// Plans alone, on every backend of these kinds: elsewhere there is nothing of the sort to break.
        case plans(Set<BackendKind>)
    }

    /// Lower-case, stable; what follows `mutant:` on the command line.
    package let id: String
    package let title: String
    /// One plain sentence: what is broken.
    package let breaks: String
    package let change: Change
    package let arena: Arena
    /// The checks that must notice, each with the verdict it must reach.
    package let mustFall: [String: Verdict]
    /// The checks that must still pass: proof that one thing is broken and not everything.
    package let stillGreen: [String]
    /// Whether no check at all may pass.
    package let passesNothing: Bool
    /// Which parts of a trial of conversions show the break; nil is all of it, which takes minutes.
    package let attempts: Set<ConversionOutcome.Attempt.How>?
    /// What a backend must be able to do for the break to be possible, as `hello` names it.
    package let needs: String?

    package init(
        id: String, title: String, breaks: String, change: Change, arena: Arena = .bottles,
        mustFall: [String: Verdict], stillGreen: [String] = ["DRIVER-01", "PROXY-02"], passesNothing: Bool = false,
        attempts: Set<ConversionOutcome.Attempt.How>? = nil, needs: String? = nil
    ) {
        self.id = id
        self.title = title
        self.breaks = breaks
        self.change = change
        self.arena = arena
        self.mustFall = mustFall
        self.stillGreen = stillGreen
        self.passesNothing = passesNothing
        self.attempts = attempts
        self.needs = needs
    }

    /// A mutant of the reference backend, named like its fault.
    init(
        _ fault: Fault, title: String, breaks: String, mustFall: [String: Verdict],
        stillGreen: [String] = ["DRIVER-01", "PROXY-02"], needs: String? = nil
    ) {
        self.init(
            id: fault.rawValue, title: title, breaks: breaks, change: .fault(fault), mustFall: mustFall,
            stillGreen: stillGreen, needs: needs)
    }

    /// A mutant whose conversions are broken, named like its fault.
    ///
    /// Its bottles are launched from an artefact that is there, so that none of them says anything of it: what has to stay
    /// green are its plans.
    ///
    /// - Parameter attempts: The parts of the trial that show it.
    init(
        converting fault: Fault, title: String, breaks: String, mustFall: [String: Verdict],
        attempts: Set<ConversionOutcome.Attempt.How>
    ) {
        self.init(
            id: fault.rawValue, title: title, breaks: breaks, change: .fault(fault), mustFall: mustFall,
            stillGreen: ["RENDER-01"], attempts: attempts)
    }
}
