// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

extension LineSink {
    /// Says loudly what is broken on purpose, one record a fault, so that no log of a mutant can pass for a sound one.
    package func announce(_ faults: Set<Fault>, of daemon: String) {
        for fault in faults.sorted(by: { $0.rawValue < $1.rawValue }) {
            write(SidecarRecord(daemon: daemon, event: "fault", detail: "deliberately broken: \(fault.rawValue)"))
        }
    }

    /// Records a connection that was closed unserved because `limit` others are open.
    package func refuse(_ client: String, of daemon: String, limit: Int) {
        write(
            SidecarRecord(
                daemon: daemon, event: "error", client: client, detail: "closed: more than \(limit) connections"))
    }
}
