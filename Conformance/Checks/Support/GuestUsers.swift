// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

extension Hello {
    /// The users as whom a guest is tried: the agent, and root where the backend has it.
    var guestUsers: [String?] { capabilities.contains("guest-root") ? [nil, "root"] : [nil] }
}
