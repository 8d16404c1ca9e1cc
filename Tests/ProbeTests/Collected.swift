// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// What two reader threads gathered.
final class Collected: Sendable {
    private let state = Mutex<(output: Data, errors: Data)>((Data(), Data()))

    var output: Data { state.withLock { $0.output } }
    var errors: Data { state.withLock { $0.errors } }
    func setOutput(_ data: Data) { state.withLock { $0.output = data } }
    func setErrors(_ data: Data) { state.withLock { $0.errors = data } }
}
