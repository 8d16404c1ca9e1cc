// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// What of a bottle's authorities its guest is given: the certificate of the one that it meets, and no key.
struct GuestTrust: Sendable {
    /// Of the file with the certificates: clients of every user read it.
    static let storeMode: UInt16 = 0o644

    /// What is added to the certificates that the guest's image trusts, in PEM with its last newline; nil adds nothing.
    let certificate: String?

    /// - Parameters:
    ///   - authorities: Of the launch; nil in a build that has none.
    ///   - mode: The tunnels of an open twin pass unread, so that its guest trusts nobody more than its image does.
    /// - Throws: `.input` when the cryptography fails that a fault needs.
    init(
        _ authorities: BottleAuthorities?, of plan: BottlePlan, mode: NetworkMode, faults: Set<Fault>
    ) throws(BottleError) {
        guard let authorities, mode == .bottle else {
            certificate = nil
            return
        }
        let selected = authorities.selected
        let shown = faults.contains(.stalebundle) ? try BottleAuthorities.pair("stale", of: plan) : selected
        // Only a fault lets a guest have the key.
        let key = faults.contains(.keytoo) ? selected.key.exposed : ""
        certificate = faults.contains(.noca) ? nil : shown.map { $0.certificate + key }
    }

    /// The whole file of a guest's certificates.
    ///
    /// - Parameter own: The file of its image; empty where that has none.
    func store(over own: [UInt8]) -> [UInt8] {
        guard let certificate else { return own }
        // A blank line is nothing to a reader of PEM, and the image's last line may lack its end.
        return own + (own.isEmpty ? [] : [UInt8(ascii: "\n")]) + Array(certificate.utf8)
    }
}
