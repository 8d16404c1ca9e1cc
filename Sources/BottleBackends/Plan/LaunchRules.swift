// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
import BottleSystem

/// What holds for every launch on every backend, before anything is started.
package enum LaunchRules {
    /// Refuses an environment that holds the value of a token: it is shown to everybody who may see a command line.
    ///
    /// - Throws: `.input` naming the variable and the token, never a value.
    static func requirePublic(_ plan: BottlePlan, _ request: LaunchRequest) throws(BottleError) {
        guard let problem = SecretRules.problem(withEnvironment: plan.guestEnvironment, tokens: request.tokens) else {
            return
        }
        throw BottleError(
            .input,
            "The manifest cannot be used: \(problem); remove it there, the bottle's routes put the token into requests."
        )
    }

    /// Refuses a launch without a value for every token that the routes need.
    ///
    /// - Throws: `.prerequisite` naming every variable that is missing.
    package static func requireTokens(_ report: PlanReport, _ request: LaunchRequest) throws(BottleError) {
        _ = try report.sidecars.egress.tokens(environment: request.tokens.mapValues(\.exposed))
    }

    /// Refuses faults that a backend cannot carry out: it would pass for a whole one.
    ///
    /// - Parameters:
    ///   - faults: Those that it cannot.
    ///   - backend: Its name, for the message.
    /// - Throws: `.unsupported`, naming the faults.
    static func requirePossible(_ faults: Set<Fault>, by backend: String) throws(BottleError) {
        guard !faults.isEmpty else { return }
        let names = faults.map(\.rawValue).sorted().joined(separator: ", ")
        throw BottleError(
            .unsupported, "The \(backend) backend cannot be broken in the way of \(names); choose another mutant.")
    }

    /// Refuses a bottle with parts that a backend would have to leave out.
    ///
    /// - Parameter backend: Its name, for the message.
    /// - Throws: `.unsupported`, naming the parts.
    package static func requireSupported(_ plan: BottlePlan, by backend: String) throws(BottleError) {
        var parts: [String] = []
        if !plan.gitUpstreams.isEmpty { parts.append("git") }
        if plan.supervise { parts.append("supervise") }
        guard !parts.isEmpty else { return }
        throw BottleError(
            .unsupported,
            "The \(backend) backend does not offer \(parts.joined(separator: ", ")) yet; remove it from the manifest.")
    }

    /// Refuses a bottle whose network the host has already, whoever put it there.
    ///
    /// - Parameters:
    ///   - routes: Those of the host.
    ///   - own: Third octets of the driver's bottles: it compares with them itself, under a lock and with a better message.
    /// - Throws: `.launch` naming what is in the way.
    static func requireFree(
        _ plan: BottlePlan, routes: [NetworkRoute], own: [UInt8], faults: Set<Fault>
    ) throws(BottleError) {
        guard !faults.contains(.nocheck) else { return }
        let ours = Set(own.map { "10.77.\($0).0/24" })
        let taken = routes.compactMap { route in
            IPv4Network(route.destination).map { (network: $0, owner: "the host's interface \(route.interface)") }
        }
        do {
            try plan.addresses.requireFree(
                slug: Slug(plan.slug), taken: taken.filter { !ours.contains($0.network.description) })
        } catch {
            guard faults.contains(.vaguerefusal) else { throw error }
            throw BottleError(.launch, "Bottle \(plan.slug) cannot be launched.")
        }
    }

    /// The error of a launch, with that of its taking down where that failed as well: whoever reads it has to know what stays.
    static func adding(_ end: Result<Void, any Error>, to error: any Error) -> any Error {
        guard case .failure(let failure) = end else { return error }
        let code = (error as? BottleError)?.code ?? (error is CancellationError ? .cancelled : .launch)
        return BottleError(
            code,
            "\(error) What had been made was not taken down completely; run `bottle-conformance gc` when the engine answers again.",
            cause: failure)
    }

    /// Refuses an exec of nothing, or one that ends before it begins.
    static func requireRunnable(_ request: ExecRequest) throws(BottleError) {
        guard let program = request.argv.first, !program.isEmpty else {
            throw BottleError(.usage, "There is nothing to run: the argument list is empty.")
        }
        guard request.deadlineMilliseconds > 0 else {
            throw BottleError(.usage, "The deadline of an exec must be at least 1 ms.")
        }
    }
}
