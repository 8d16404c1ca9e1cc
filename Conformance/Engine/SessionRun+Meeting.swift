// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension SessionRun {
    /// The last part of a session's attempts: those on a neighbour, or the visit of its neighbours.
    ///
    /// What goes wrong is on record in `missedMeeting`; nothing that was or was not reached counts then.
    ///
    /// - Returns: The longest budget of any attempt, milliseconds.
    func meet(_ runner: StepRunner, _ declaration: Declaration, outcome: inout SessionOutcome) async -> Int {
        guard let meeting else { return 0 }
        defer { meeting.leave(session) }
        return session == Meeting.host
            ? await receive(meeting, runner, declaration, &outcome)
            : await visit(meeting, runner, declaration, &outcome)
    }

    private func receive(
        _ meeting: Meeting, _ runner: StepRunner, _ declaration: Declaration, _ outcome: inout SessionOutcome
    ) async -> Int {
        if let obstacle = meeting.obstacle {
            outcome.evidence.missedMeeting = obstacle
            return 0
        }
        let steps = steps(declaration, &outcome)
        var missed: String?
        await runner.run(steps, into: &outcome) {
            meeting.open(
                Neighbour(
                    session: session, plan: declaration.plan, description: declaration.description,
                    field: declaration.field))
            do {
                try await context.bounded("visit of \(name) by its neighbours", limit: context.limits.meeting) {
                    await meeting.departure()
                }
            } catch {
                // From here on it proves nothing that nobody was reached: guests that come late are told so.
                meeting.leave(session)
                missed = RunContext.text(of: error)
            }
        }
        outcome.evidence.missedMeeting = missed
        return steps.longestBudget
    }

    private func visit(
        _ meeting: Meeting, _ runner: StepRunner, _ declaration: Declaration, _ outcome: inout SessionOutcome
    ) async -> Int {
        do {
            let door = try await context.bounded("wait of \(name) for its neighbour", limit: context.limits.meeting) {
                await meeting.arrival()
            }
            switch door {
            case .closed(let why):
                outcome.evidence.missedMeeting = why
                return 0
            case .open(let neighbour):
                var declaration = declaration
                declaration.neighbour = neighbour
                let steps = steps(declaration, &outcome)
                await runner.run(steps, into: &outcome)
                if !meeting.isHostThere {
                    outcome.evidence.missedMeeting =
                        "the neighbour did not stay until the attempts of \(name) were over: run again on a less busy machine"
                }
                return steps.longestBudget
            }
        } catch {
            outcome.evidence.missedMeeting = RunContext.text(of: error)
            return 0
        }
    }

    private func steps(_ declaration: Declaration, _ outcome: inout SessionOutcome) -> SessionSteps {
        let steps = SessionSteps(checks: context.applicable, declaration: declaration) { check, declaration in
            (check as? any NeighbourCheck)?.declareMeeting(&declaration)
        }
        for key in steps.repeated { context.sink.fail("A check declares a key twice in \(name): \(key).") }
        outcome.evidence.issuedNonces.formUnion(steps.nonces)
        return steps
    }
}
