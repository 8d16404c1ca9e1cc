// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Sessions of one run that others take over instead of launching their own.
///
/// For runs of broken bottles on a backend where each bottle takes long: their open twin and their variant would be the same
/// as those of the backend as it is. A run that stands for itself launches all of its own.
public struct LentSessions: Sendable {
    let outcomes: [Session: SessionOutcome]

    /// Those that came to their ends, among canaries that bear witness.
    init(_ outcomes: [Session: SessionOutcome]) {
        self.outcomes = outcomes.filter {
            $0.value.completed && $0.value.evidence.failure == nil && $0.value.evidence.unfenced.isEmpty
        }
    }

    private init(kept: [Session: SessionOutcome]) { outcomes = kept }

    /// Some of them only; nil where one of those is not among them.
    public func only(_ sessions: Set<Session>) -> LentSessions? {
        let kept = outcomes.filter { sessions.contains($0.key) }
        return kept.count == sessions.count ? LentSessions(kept: kept) : nil
    }
}
