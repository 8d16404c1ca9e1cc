// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension EngineClient {
    /// For how long a removal is tried again that something stands against which may pass by itself.
    private static let insistence = Duration.seconds(10)

    /// Makes a call that removes something, and makes it again while what stands against it may pass.
    ///
    /// Podman has no daemon that would put calls in order: a network counts as used until the last call that ends a container
    /// of it has written that down, and on a busy machine that is later than the container's own removal.
    ///
    /// - Returns: The output of the last call.
    func insist(_ removal: [String]) async throws -> Output {
        let end = ContinuousClock.now + Self.insistence
        var pause = Duration.milliseconds(20)
        while true {
            let output = try await run(removal)
            let mayPass = EngineFailure.mayPass(String(decoding: output.stderr, as: UTF8.self))
            guard output.code != 0, mayPass, ContinuousClock.now + pause < end else { return output }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }
}
